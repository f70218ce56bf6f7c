//! The bar chart for the README: hand-written SVG, readable on light and dark pages.

use std::fmt::Write as _;

use crate::contenders::encode::PEERS;
use crate::encode::Encoders;
use crate::table::{DEFAULT, Table, geometric_mean, ratio};

/// Bars under one heading.
pub struct Group {
    title: &'static str,
    bars: Vec<Bar>,
}

struct Bar {
    name: String,
    /// The speed relative to the first bar.
    speed: f64,
    kind: &'static str,
}

/// The relative speed of each decoder: the geometric mean of the realistic cells. Ours with default features is 1.
pub fn decoders(title: &'static str, table: &Table) -> Group {
    let rows = || table.rows.iter().filter(|row| row.is_realistic());
    let mut bars = Vec::new();
    for (number, name) in table.names.iter().enumerate() {
        let speeds = rows().filter_map(|row| Some(ratio(row.time(DEFAULT)?, row.time(number)?)));
        bars.push(Bar { name: label(number, name), speed: geometric_mean(speeds), kind: kind(number, table.ours) });
    }
    let floor = geometric_mean(rows().filter_map(|row| Some(ratio(row.time(DEFAULT)?, row.floor))));
    bars.push(Bar { name: "finding line ends, checking UTF-8".into(), speed: floor, kind: "baseline" });
    Group { title, bars }
}

/// The relative speed of each encoder: the geometric mean. Ours with a reused buffer and default features is 1.
pub fn encoders(title: &'static str, encoders: &Encoders) -> Group {
    let mut bars = Vec::new();
    for (number, name) in encoders.names.iter().enumerate().take(PEERS.end) {
        let speeds = encoders.rows.iter().filter_map(|row| row.speed(number, DEFAULT));
        bars.push(Bar { name: label(number, name), speed: geometric_mean(speeds), kind: kind(number, PEERS.start) });
    }
    let copy = encoders.rows.iter().filter_map(|row| Some(ratio(row.time(DEFAULT)?, row.copy)));
    bars.push(Bar { name: "copying the same bytes".into(), speed: geometric_mean(copy), kind: "baseline" });
    Group { title, bars }
}

fn label(number: usize, name: &str) -> String {
    if number == DEFAULT { format!("{name}, default features") } else { name.to_owned() }
}

fn kind(number: usize, ours: usize) -> &'static str {
    if number < ours { "ours" } else { "peer" }
}

const CAPTION: &str =
    "Speed relative to sse-proto with default features (geometric means, see benches/RESULTS.md); longer is faster";
const WIDTH: u32 = 760;
const NAMES: u32 = 240;
const BARS: u32 = 420;
const LINE: u32 = 22;

/// The whole picture.
pub fn svg(groups: &[Group]) -> String {
    let mut body = String::new();
    let mut y = LINE;
    let _ = writeln!(body, "<text x=\"8\" y=\"{y}\">{CAPTION}</text>");
    for group in groups {
        y += LINE;
        let _ = writeln!(body, "<text class=\"title\" x=\"8\" y=\"{y}\">{}</text>", group.title);
        y += 8;
        let decoders = group.bars.iter().filter(|bar| bar.kind != "baseline");
        let longest = decoders.map(|bar| bar.speed).fold(0.0, f64::max) * 1.25;
        for bar in &group.bars {
            let (middle, width) = (y + 15, (bar.speed / longest * f64::from(BARS)).clamp(1.0, f64::from(BARS)));
            let cut_off = if bar.speed > longest { ", cut off" } else { "" };
            let _ = writeln!(
                body,
                "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>\
                 <rect class=\"{}\" x=\"{NAMES}\" y=\"{}\" width=\"{width:.0}\" height=\"16\" rx=\"2\"/>\
                 <text x=\"{:.0}\" y=\"{middle}\">{:.2}{cut_off}</text>",
                NAMES - 8,
                bar.name,
                bar.kind,
                y + 2,
                f64::from(NAMES) + width + 6.0,
                bar.speed,
            );
            y += LINE;
        }
        y += 8;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{y}\" viewBox=\"0 0 {WIDTH} {y}\" \
         role=\"img\">\n<title>{CAPTION}</title>\n{STYLE}{body}</svg>\n"
    )
}

const STYLE: &str = "<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.ours { fill: #0969da }
.peer { fill: #8c959f }
.baseline { fill: #d0d7de }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .ours { fill: #4493f8 }
  .peer { fill: #6e7681 }
  .baseline { fill: #30363d }
}
</style>
";
