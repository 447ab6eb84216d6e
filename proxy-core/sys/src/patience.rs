//! How long to wait after a failure before the same is tried again (security.md 9: accepting goes on after any error).

use std::time::Duration;

use tokio::time::sleep;

const FIRST: Duration = Duration::from_millis(10);
const LAST: Duration = Duration::from_millis(500);

/// Pauses between tries, from 10 ms doubling to 500 ms. A new one after each success.
#[derive(Debug)]
pub struct Patience(Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Patience {
    /// The next pause.
    pub async fn wait(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(LAST);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_half_a_second() {
        let mut patience = Patience::default();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let begin = Instant::now();
            patience.wait().await;
            pauses.push(begin.elapsed().as_millis());
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 500, 500]);
    }
}
