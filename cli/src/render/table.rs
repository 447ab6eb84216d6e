//! Tables as the field's tools print them, to the byte (`spec/cli.md` 1.4).
//!
//! Cells are left-aligned and padded with spaces to the widest cell of the column plus a gap; the last
//! column is not padded; width counts characters. An empty last cell leaves the padding of the cell
//! before it as trailing spaces: scripts compare these bytes.

/// A table being filled.
#[derive(Debug)]
pub struct Table {
    gap: usize,
    rows: Vec<Vec<String>>,
    least: Vec<usize>,
}

impl Table {
    /// A table with a header row.
    #[must_use]
    pub fn new(gap: usize, header: &[&str]) -> Self {
        Self {
            gap,
            rows: vec![header.iter().map(ToString::to_string).collect()],
            least: Vec::new(),
        }
    }

    /// A table whose header row is printed or left out.
    #[must_use]
    pub fn with_header(gap: usize, header: &[&str], is_left_out: bool) -> Self {
        let mut table = Self::new(gap, header);
        if is_left_out {
            table.rows.clear();
        }
        table
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The same with columns at least so wide, in characters: those of a table printed before.
    #[must_use]
    pub fn at_least(mut self, widths: Vec<usize>) -> Self {
        self.least = widths;
        self
    }

    /// How wide each column is, in characters, without the gap.
    #[must_use]
    pub fn widths(&self) -> Vec<usize> {
        let mut widths = self.least.clone();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }

    /// The text, each line ended.
    #[must_use]
    pub fn render(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate() {
                text.push_str(cell);
                if column + 1 < row.len() {
                    let padding = widths[column] + self.gap - cell.chars().count();
                    text.extend(std::iter::repeat_n(' ', padding));
                }
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_padded_but_the_last() {
        let mut table = Table::new(1, &["A", "LONG", "Z"]);
        table.row(vec!["wörld".into(), "x".into(), "end".into()]);
        table.row(vec!["a".into(), "y".into(), String::new()]);
        assert_eq!(table.render(), "A     LONG Z\nwörld x    end\na     y    \n");
    }
}
