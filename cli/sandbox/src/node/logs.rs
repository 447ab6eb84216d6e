//! Reading a container's log: lines in the runtime's format, cut as asked, followed while the container runs.

use crate::wire::LogCut;
use jiff::Timestamp;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncSeekExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::sleep;

/// How often a followed log is looked at.
const PACE: Duration = Duration::from_millis(50);

/// Writes the log's lines to `out`; follows until `is_over` and the end of the file.
pub(crate) async fn copy<W: AsyncWrite + Unpin>(
    path: &Path,
    cut: &LogCut,
    out: &mut W,
    is_over: impl Fn() -> bool,
) -> std::io::Result<()> {
    let old = fs::read_to_string(path.with_extension("log.old")).unwrap_or_default();
    let bytes = fs::read(path).unwrap_or_default();
    // a line that is still being written is left for later
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let now = String::from_utf8_lossy(&bytes[..whole]).into_owned();
    let entries: Vec<&str> = old.lines().chain(now.lines()).collect();
    let mut budget = cut.limit.unwrap_or(u64::MAX);
    for line in select(&entries, cut) {
        write(out, line.as_bytes(), &mut budget).await?;
    }
    if cut.follow {
        follow(path, whole as u64, cut, out, (&mut budget, &is_over)).await?;
    }
    out.flush().await
}

async fn write<W: AsyncWrite + Unpin>(out: &mut W, bytes: &[u8], budget: &mut u64) -> std::io::Result<()> {
    let length = bytes.len().min(usize::try_from(*budget).unwrap_or(usize::MAX));
    *budget -= length as u64;
    out.write_all(&bytes[..length]).await
}

async fn follow<W: AsyncWrite + Unpin>(
    path: &Path,
    offset: u64,
    cut: &LogCut,
    out: &mut W,
    (budget, is_over): (&mut u64, &impl Fn() -> bool),
) -> std::io::Result<()> {
    let mut file = BufReader::new(open(path, offset).await?);
    let mut line = String::new();
    while *budget > 0 {
        let ended = is_over();
        let had = line.len();
        file.read_line(&mut line).await?;
        if line.ends_with('\n') {
            if let Some(text) = render(line.trim_end_matches('\n'), cut) {
                write(out, text.as_bytes(), budget).await?;
                out.flush().await?;
            }
            line.clear();
        } else if line.len() == had {
            if ended {
                return Ok(());
            }
            if is_moved(path, &mut file).await {
                file = BufReader::new(open(path, 0).await?);
            }
            sleep(PACE).await;
        }
    }
    Ok(())
}

async fn open(path: &Path, offset: u64) -> std::io::Result<File> {
    let mut file = File::open(path).await?;
    file.seek(std::io::SeekFrom::Start(offset)).await?;
    Ok(file)
}

/// Whether the file was moved aside: the one at its path is shorter than where we are.
async fn is_moved(path: &Path, file: &mut BufReader<File>) -> bool {
    let position = file.stream_position().await.unwrap_or(0);
    fs::metadata(path).is_ok_and(|now| now.len() < position)
}

/// The lines that the cut leaves, rendered.
fn select(entries: &[&str], cut: &LogCut) -> Vec<String> {
    let rendered: Vec<String> = entries.iter().filter_map(|entry| render(entry, cut)).collect();
    let lines = |text: &String| text.ends_with('\n');
    let Some(tail) = cut.tail else { return rendered };
    let total = rendered.iter().filter(|text| lines(text)).count() as u64;
    let mut skip = total.saturating_sub(tail);
    rendered
        .into_iter()
        .skip_while(|text| {
            let skipped = skip > 0;
            if lines(text) && skipped {
                skip -= 1;
            }
            skipped
        })
        .collect()
}

/// One entry as a reader sees it; `None` when it is too old or not an entry.
fn render(entry: &str, cut: &LogCut) -> Option<String> {
    let (time, rest) = entry.split_once(' ')?;
    let (_stream, rest) = rest.split_once(' ')?;
    let (tag, text) = rest.split_once(' ').unwrap_or((rest, ""));
    if let Some(since) = cut.since
        && time.parse::<Timestamp>().is_ok_and(|time| time < since)
    {
        return None;
    }
    let prefix = if cut.timestamps {
        format!("{time} ")
    } else {
        String::new()
    };
    let end = if tag == "P" { "" } else { "\n" };
    Some(format!("{prefix}{text}{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRIES: [&str; 3] = [
        "2026-01-01T00:00:00.000000000Z stdout F one",
        "2026-01-01T00:00:01.000000000Z stderr F two words",
        "2026-01-01T00:00:02.000000000Z stdout F three",
    ];

    #[track_caller]
    fn check(cut: &LogCut, expected: &str) {
        assert_eq!(select(&ENTRIES, cut).concat(), expected);
    }

    #[test]
    fn a_log_is_cut_as_asked() {
        check(&LogCut::default(), "one\ntwo words\nthree\n");
        check(
            &LogCut {
                tail: Some(1),
                ..LogCut::default()
            },
            "three\n",
        );
        check(
            &LogCut {
                tail: Some(0),
                ..LogCut::default()
            },
            "",
        );
        let since = "2026-01-01T00:00:01Z".parse().ok();
        check(
            &LogCut {
                since,
                ..LogCut::default()
            },
            "two words\nthree\n",
        );
        let stamped = LogCut {
            tail: Some(1),
            timestamps: true,
            ..LogCut::default()
        };
        check(&stamped, "2026-01-01T00:00:02.000000000Z three\n");
    }
}
