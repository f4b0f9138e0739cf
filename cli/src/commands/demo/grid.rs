//! A table in box-drawing characters.

use crate::style::{LINE, paint};

/// Columns of these widths.
pub struct Grid<const N: usize>(pub [usize; N]);

/// Which frame.
#[derive(Clone, Copy)]
pub enum Edge {
    /// Above the head.
    Top,
    /// Between groups of rows.
    Middle,
    /// Below the last row.
    Bottom,
}

impl<const N: usize> Grid<N> {
    /// A horizontal line.
    pub fn edge(&self, edge: Edge) -> String {
        let (left, middle, right) = match edge {
            Edge::Top => ("╭", "┬", "╮"),
            Edge::Middle => ("├", "┼", "┤"),
            Edge::Bottom => ("╰", "┴", "╯"),
        };
        let bars: Vec<String> = self.0.iter().map(|columns| "─".repeat(columns + 2)).collect();
        paint(LINE, &format!("  {left}{}{right}\n", bars.join(middle)))
    }

    /// A row of cells that are already filled up to their width.
    pub fn row(&self, cells: [String; N]) -> String {
        let bar = paint(LINE, "│");
        format!("  {bar} {} {bar}\n", cells.join(&format!(" {bar} ")))
    }
}
