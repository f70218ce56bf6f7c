//! What is shown of the figures: a table for a terminal, tables in Markdown, and an HTML file.
//!
//! All text comes from the figures: a sentence that compares is written only if the figures support it, and a plot without data is left
//! out with its section.
//!
//! | file, folder | what |
//! |---|---|
//! | `table.rs`, `markdown.rs`, `page.rs` | the three forms |
//! | `sections/` | the parts of the page, one for each question |
//! | `claims.rs` | the conclusions, and what supports them |
//! | `select.rs`, `derive.rs` | which cases are compared, and what follows from their figures |
//! | `plot.rs`, `bars.rs`, `report.css` | plots as SVG, plots as HTML, and how they look |
//! | `number.rs`, `facts.rs` | numbers with units, and how the report came about |

mod bars;
mod claims;
mod derive;
mod facts;
mod markdown;
mod number;
mod page;
mod plot;
mod sections;
mod select;
mod table;

#[cfg(test)]
mod synthetic;
#[cfg(test)]
mod tests;

pub(crate) use markdown::markdown;
pub(crate) use page::html;
pub(crate) use table::table;
