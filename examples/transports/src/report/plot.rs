//! Plots as inline SVG. Each is drawn twice, for a narrow and for a wide page, and CSS shows the one that fits; so that text has the
//! same size on a phone as on a desk. Colours are CSS variables, which is what makes dark mode work.

use std::time::Duration;

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::number::count;
use crate::Result;
use crate::case::Way;
use crate::figures::percentile;

/// A CSS variable that holds a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tone(usize);

const TONES: [&str; 12] = [
    "short-new",
    "short",
    "short-etag",
    "long",
    "sse",
    "other-1",
    "other-2",
    "other-3",
    "other-4",
    "other-5",
    "grid",
    "muted",
];

impl Tone {
    const GRID: Self = Self(10);
    const MUTED: Self = Self(11);

    pub(super) fn of(way: Way) -> Self {
        Self(Way::ALL.iter().position(|&other| other == way).unwrap_or_default())
    }

    /// For something that is not a way.
    pub(super) const fn other(number: usize) -> Self {
        Self(5 + number % 5)
    }

    /// For instance `var(--sse)`.
    pub(super) fn css(self) -> String {
        format!("var(--{})", TONES[self.0])
    }

    /// A colour that stands for the variable until the drawing is finished.
    #[allow(clippy::cast_possible_truncation, reason = "there are few")]
    const fn stand_in(self) -> RGBColor {
        RGBColor(1, 2, self.0 as u8)
    }
}

/// Deliveries of a way.
pub(super) struct Curve<'a> {
    pub(super) name: String,
    pub(super) tone: Tone,
    pub(super) latencies: &'a [Duration],
}

/// Figures over time.
pub(super) struct Strip<'a> {
    pub(super) name: String,
    /// At the right end, for instance the sum.
    pub(super) note: String,
    pub(super) tone: Tone,
    /// Whether the numbers are a state that lasts, not something that happens.
    pub(super) state: bool,
    /// One for each slot.
    pub(super) numbers: &'a [u64],
}

/// The share of events that have arrived after a time, on a logarithmic axis. Nothing without deliveries.
pub(super) fn distribution(curves: &[Curve<'_>], label: &str) -> Result<Option<Markup>> {
    let curves: Vec<_> = curves.iter().filter(|curve| !curve.latencies.is_empty()).collect();
    let all = || curves.iter().flat_map(|curve| curve.latencies).map(|&latency| in_milliseconds(latency));
    if curves.is_empty() {
        return Ok(None);
    }
    let low = 10_f64.powf(all().fold(f64::INFINITY, f64::min).log10().floor());
    let high = 10_f64.powf(all().fold(low * 9.0, f64::max).log10().ceil());
    both(label, |wide| if wide { (720, 340) } else { (340, 300) }, |area| draw_curves(area, &curves, (low, high)))
        .map(Some)
}

/// A row for each strip, all with the same axes. Nothing if all numbers are 0.
pub(super) fn strips(strips: &[Strip<'_>], slot: Duration, label: &str) -> Result<Option<Markup>> {
    let slots = strips.iter().map(|strip| strip.numbers.len()).max().unwrap_or_default();
    let most = strips.iter().flat_map(|strip| strip.numbers).copied().max().unwrap_or_default();
    if most == 0 {
        return Ok(None);
    }
    let height = i32::try_from(strips.len())? * ROW + 26;
    both(label, |wide| (if wide { 720 } else { 340 }, height), |area| draw_strips(area, strips, slots, most, slot))
        .map(Some)
}

/// The height of a strip with its name.
const ROW: i32 = 68;

/// Coordinates of the backend are whole numbers; with this many for each unit of the page, curves are smooth.
const SCALE: i32 = 4;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn both(label: &str, size: impl Fn(bool) -> (i32, i32), paint: impl Fn(&Area<'_>) -> Result<()>) -> Result<Markup> {
    let draw = |wide| -> Result<String> {
        let (width, height) = size(wide);
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (unsigned(width * SCALE), unsigned(height * SCALE)))
                .into_drawing_area();
            paint(&area)?;
            area.present()?;
        }
        // Everything up to the first child is replaced: the size, which CSS sets, and the namespace, which HTML does not need.
        let (_, content) = svg.split_once('>').ok_or("the drawing is not SVG")?;
        let mut content = content.replace(" font-family=\"sans-serif\"", "").replace(" opacity=\"1\"", "");
        for (index, name) in TONES.iter().enumerate() {
            let RGBColor(r, g, b) = Tone(index).stand_in();
            content = content.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"var(--{name})\""));
        }
        let open = html! { (label) }.into_string();
        let (width, height) = (width * SCALE, height * SCALE);
        Ok(format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{open}\">{content}"))
    };
    Ok(html! {
        div.plot.narrow { (PreEscaped(draw(false)?)) }
        div.plot.wide { (PreEscaped(draw(true)?)) }
    })
}

fn draw_curves(area: &Area<'_>, curves: &[&Curve<'_>], (low, high): (f64, f64)) -> Result<()> {
    let chart = ChartBuilder::on(area)
        .margin_left(46 * SCALE)
        .margin_right(14 * SCALE)
        .margin_top(10 * SCALE)
        .margin_bottom(26 * SCALE)
        .build_cartesian_2d((low..high).log_scale(), 0_f64..1.0)?;
    let at = |x: f64, y: f64| chart.backend_coord(&(x, y));
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (left, right) = (at(low, share), at(high, share));
        area.draw(&PathElement::new([left, right], Tone::GRID.stand_in().stroke_width(unsigned(SCALE))))?;
        write(area, &format!("{:.0}\u{202f}%", share * 100.0), (left.0 - 6 * SCALE, left.1), HPos::Right, Tone::MUTED)?;
    }
    let mut tick = low;
    while tick < high * 1.01 {
        let (bottom, top) = (at(tick, 0.0), at(tick, 1.0));
        area.draw(&PathElement::new([bottom, top], Tone::GRID.stand_in().stroke_width(unsigned(SCALE))))?;
        // The last one ends at the edge of the drawing.
        let last = tick > high * 0.99;
        let (anchor, shift) = if last { (HPos::Right, 14 * SCALE) } else { (HPos::Center, 0) };
        let text = format!("{}\u{202f}ms", super::number::digits(tick));
        write(area, &text, (bottom.0 + shift, bottom.1 + 15 * SCALE), anchor, Tone::MUTED)?;
        tick *= 10.0;
    }
    for (number, curve) in curves.iter().enumerate() {
        let points: Vec<_> = steps(curve.latencies).into_iter().map(|(x, y)| at(x.clamp(low, high), y)).collect();
        // Curves that coincide stay visible: each is narrower than the one below.
        let width = (7 - i32::try_from(number)?).max(2) * SCALE * 5 / 6;
        area.draw(&PathElement::new(points, curve.tone.stand_in().stroke_width(unsigned(width))))?;
    }
    let middle = at((low * high).sqrt(), 0.0).0;
    for (number, curve) in curves.iter().enumerate() {
        // Names stand next to their curves, each at a height of its own.
        let percent = 88 - number * 76 / curves.len().max(2);
        let Some(latency) = percentile(curve.latencies, percent) else { continue };
        #[allow(clippy::cast_precision_loss, reason = "at most 100")]
        let (x, y) = at(in_milliseconds(latency).clamp(low, high), percent as f64 / 100.0);
        area.draw(&Circle::new((x, y), 4 * SCALE, curve.tone.stand_in().filled()))?;
        let (x, anchor) = if x > middle { (x - 9 * SCALE, HPos::Right) } else { (x + 9 * SCALE, HPos::Left) };
        write(area, &curve.name, (x, y), anchor, curve.tone)?;
    }
    Ok(())
}

/// The corners of the curve, or points on it if there are many.
#[allow(clippy::cast_precision_loss, reason = "for display")]
fn steps(latencies: &[Duration]) -> Vec<(f64, f64)> {
    let count = latencies.len();
    let stride = count.div_ceil(150);
    let mut points = vec![(in_milliseconds(latencies[0]), 0.0)];
    let mut share = 0.0;
    for index in (0..count).filter(|index| (index + 1) % stride == 0 || index + 1 == count) {
        let x = in_milliseconds(latencies[index]);
        if stride == 1 {
            points.push((x, share));
        }
        share = (index + 1) as f64 / count as f64;
        points.push((x, share));
    }
    // Up to the right edge.
    points.push((f64::INFINITY, 1.0));
    points
}

fn draw_strips(area: &Area<'_>, strips: &[Strip<'_>], slots: usize, most: u64, slot: Duration) -> Result<()> {
    let (width, _) = area.dim_in_pixel();
    let (left, right) = (2 * SCALE, i32::try_from(width)? - 34 * SCALE);
    let x = |at: usize| -> Result<i32> { Ok(left + i32::try_from(usize::try_from(right - left)? * at / slots)?) };
    let tall = 40 * SCALE;
    for (row, strip) in strips.iter().enumerate() {
        let top = (i32::try_from(row)? * ROW + 22) * SCALE;
        let bottom = top + tall;
        write(area, &strip.name, (left, top - 10 * SCALE), HPos::Left, strip.tone)?;
        write(area, &strip.note, (right, top - 10 * SCALE), HPos::Right, Tone::MUTED)?;
        for y in [top, bottom] {
            area.draw(&PathElement::new([(left, y), (right, y)], Tone::GRID.stand_in().stroke_width(unsigned(SCALE))))?;
        }
        write(area, &count(most), (right + 6 * SCALE, top), HPos::Left, Tone::MUTED)?;
        for (at, &number) in strip.numbers.iter().enumerate().filter(|(_, number)| **number > 0) {
            let height = i32::try_from(u128::from(number) * u128::from(unsigned(tall)) / u128::from(most))?.max(SCALE);
            // A state has no gaps, not even hairlines.
            let gap = if strip.state { -SCALE / 2 } else { (right - left) / i32::try_from(slots)? / 6 };
            let corners = [(x(at)?, bottom - height), ((x(at + 1)? - gap).max(x(at)? + 1), bottom)];
            area.draw(&Rectangle::new(corners, strip.tone.stand_in().filled()))?;
        }
    }
    let bottom = (i32::try_from(strips.len())? * ROW + 8) * SCALE;
    let step = if slot.as_secs_f64() * f64::from(u32::try_from(slots)?) > 4.0 {
        Duration::from_secs(2)
    } else {
        Duration::from_millis(500)
    };
    let step = usize::try_from(step.as_micros() / slot.as_micros().max(1))?.max(1);
    for at in (0..=slots).step_by(step) {
        let time = slot.as_secs_f64() * f64::from(u32::try_from(at)?);
        let text = format!("{}\u{202f}s", super::number::digits(time));
        let anchor = if at == 0 { HPos::Left } else { HPos::Center };
        write(area, &text, (x(at)?, bottom), anchor, Tone::MUTED)?;
    }
    Ok(())
}

/// Text in the size of the page's small print; the given point is at half its height.
fn write(area: &Area<'_>, text: &str, at: (i32, i32), anchor: HPos, tone: Tone) -> Result<()> {
    // The backend takes the size of a line, not of the font.
    let size = 12.5 * f64::from(SCALE) * 1.24;
    let style = ("sans-serif", size).into_font().color(&tone.stand_in()).pos(Pos::new(anchor, VPos::Center));
    Ok(area.draw_text(text, &style, at)?)
}

fn in_milliseconds(latency: Duration) -> f64 {
    // A logarithm needs more than 0.
    latency.as_secs_f64().max(1e-6) * 1e3
}

fn unsigned(number: i32) -> u32 {
    number.unsigned_abs()
}
