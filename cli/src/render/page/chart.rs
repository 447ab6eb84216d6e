//! Bar and line charts as SVG text. (pure)

use std::fmt::Write as _;

/// Colours that are told apart by people who see few, on light and dark paper.
const COLOURS: [&str; 4] = ["#2f7ed8", "#e07b00", "#2a9d5c", "#b04fb8"];
const WIDTH: f64 = 760.0;

/// A chart.
#[derive(Debug, Clone)]
pub enum Chart {
    /// One bar for each value; the longest fills the width.
    Bars {
        /// What is shown.
        title: String,
        /// What follows a number.
        unit: &'static str,
        /// Labels and values, which are not negative.
        bars: Vec<(String, f64)>,
    },
    /// Straight lines from zero, and a place where two of them meet.
    Lines {
        /// What is shown.
        title: String,
        /// What the horizontal axis counts.
        across: &'static str,
        /// What follows a number of the vertical axis.
        unit: &'static str,
        /// Labels and points, ascending.
        lines: Vec<(String, Vec<(f64, f64)>)>,
        /// A point to show, and what it is.
        mark: Option<((f64, f64), String)>,
    },
}

impl Chart {
    /// The SVG element.
    #[must_use]
    pub fn svg(&self) -> String {
        match self {
            Self::Bars { title, unit, bars } => bar_chart(title, unit, bars),
            Self::Lines { .. } => self.line_chart(),
        }
    }

    fn line_chart(&self) -> String {
        let Self::Lines {
            title,
            across,
            unit,
            lines,
            mark,
        } = self
        else {
            return String::new();
        };
        let (left, top, wide, high) = (80.0, 40.0, WIDTH - 100.0, 260.0);
        let points = || lines.iter().flat_map(|(_, points)| points);
        let most_x = points().map(|point| point.0).fold(1.0, f64::max);
        let most_y = points().map(|point| point.1).fold(1.0, f64::max);
        let place = |(x, y): (f64, f64)| (left + wide * x / most_x, top + high - high * y / most_y);
        let height = top + high + 45.0 + 20.0 * f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX));
        let mut svg = open(title, height);
        let (bottom, right) = (top + high, left + wide);
        _ = write!(
            svg,
            "<path class=\"axis\" fill=\"none\" d=\"M{left} {top}V{bottom}H{right}\"/>\
             <text class=\"soft\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{} {unit}</text>\
             <text class=\"soft\" x=\"{}\" y=\"{bottom}\" text-anchor=\"end\">0</text>\
             <text class=\"soft\" x=\"{right}\" y=\"{}\" text-anchor=\"end\">{} {across}</text>",
            left - 6.0,
            top + 5.0,
            number(most_y),
            left - 6.0,
            bottom + 18.0,
            number(most_x),
        );
        for (at, (label, points)) in lines.iter().enumerate() {
            let colour = COLOURS[at % COLOURS.len()];
            let path: Vec<String> = points
                .iter()
                .map(|point| place(*point))
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            let y = bottom + 40.0 + 20.0 * f64::from(u32::try_from(at).unwrap_or(u32::MAX));
            _ = write!(
                svg,
                "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" points=\"{}\"/>\
                 <rect x=\"{left}\" y=\"{}\" width=\"14\" height=\"4\" fill=\"{colour}\"/>\
                 <text x=\"{}\" y=\"{y}\">{}</text>",
                path.join(" "),
                y - 7.0,
                left + 22.0,
                escape(label),
            );
        }
        if let Some((point, label)) = mark {
            svg.push_str(&marked(place(*point), label, bottom));
        }
        svg + "</svg>"
    }
}

/// A circle and what it means: below it, or, where the axis is too near, between the lines that part there.
fn marked((x, y): (f64, f64), label: &str, axis: f64) -> String {
    let (right, down) = if y + 24.0 > axis {
        (60.0, -6.0)
    } else {
        (10.0, 18.0)
    };
    format!(
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        x + right,
        y + down,
        escape(label),
    )
}

fn bar_chart(title: &str, unit: &str, bars: &[(String, f64)]) -> String {
    let (left, line) = (240.0, 28.0);
    let room = WIDTH - left - 110.0;
    let most = bars.iter().map(|bar| bar.1).fold(0.0, f64::max);
    let rows = f64::from(u32::try_from(bars.len()).unwrap_or(u32::MAX));
    let mut svg = open(title, 40.0 + line * rows);
    let mut y = 40.0;
    for (label, value) in bars {
        let width = if most > 0.0 { room * value / most } else { 0.0 };
        _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{left}\" y=\"{y}\" width=\"{width:.1}\" height=\"18\" rx=\"2\" fill=\"{}\"/>\
             <text class=\"soft\" x=\"{:.1}\" y=\"{}\">{} {}</text>",
            left - 10.0,
            y + 14.0,
            escape(&shortened(label)),
            COLOURS[0],
            left + width + 8.0,
            y + 14.0,
            number(*value),
            escape(unit),
        );
        y += line;
    }
    svg + "</svg>"
}

fn open(title: &str, height: f64) -> String {
    let title = escape(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">\
         <text x=\"0\" y=\"18\" class=\"title\">{title}</text>"
    )
}

/// At most 34 characters, so that a label stays within its place.
fn shortened(label: &str) -> String {
    if label.chars().count() <= 34 {
        return label.to_owned();
    }
    label.chars().take(33).chain(['…']).collect()
}

/// One decimal below 100, none above.
fn number(value: f64) -> String {
    if value.fract() == 0.0 || value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_near_the_axis_is_told_above_it() {
        let height = |y: f64| {
            let svg = marked((100.0, y), "x", 300.0);
            let text = svg.rsplit_once("y=\"").unwrap().1;
            text.split('"').next().unwrap().parse::<f64>().unwrap()
        };
        assert!(height(200.0) > 200.0);
        assert!(height(290.0) < 290.0);
    }

    #[test]
    fn bars_are_as_long_as_their_values() {
        let bars = vec![
            ("a".to_owned(), 10.0),
            ("b".to_owned(), 5.0),
            ("none".to_owned(), 0.0),
        ];
        let svg = bar_chart("memory", "MiB", &bars);
        for expected in ["width=\"410.0\"", "width=\"205.0\"", "width=\"0.0\"", "10 MiB"] {
            assert!(svg.contains(expected), "{expected} is not in {svg}");
        }
    }

    #[test]
    fn lines_meet_where_the_mark_is() {
        let chart = Chart::Lines {
            title: "x".to_owned(),
            across: "pods",
            unit: "MiB",
            lines: vec![
                ("flat".to_owned(), vec![(0.0, 50.0), (100.0, 50.0)]),
                ("steep".to_owned(), vec![(0.0, 0.0), (100.0, 100.0)]),
            ],
            mark: Some(((50.0, 50.0), "50 pods".to_owned())),
        };
        let svg = chart.svg();
        assert!(svg.contains("points=\"80.0,170.0 740.0,170.0\""), "{svg}");
        assert!(
            svg.contains("cx=\"410.0\" cy=\"170.0\"") && svg.contains(">50 pods<"),
            "{svg}"
        );
        assert!(svg.contains(">100 pods<") && svg.contains(">100 MiB<"), "{svg}");
    }

    #[test]
    fn long_labels_are_cut_and_marks_of_text_escaped() {
        assert_eq!(shortened(&"x".repeat(40)).chars().count(), 34);
        assert_eq!(escape("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
    }
}
