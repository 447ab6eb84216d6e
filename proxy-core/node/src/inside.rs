//! Runs a job inside a network namespace without holding up the runtime.

use mesh_sys::netns::{NetNamespace, NetnsError};

use crate::redirect::writer::WriteError;

/// Why a job inside a namespace was not done.
#[derive(Debug, thiserror::Error)]
pub enum InsideError {
    /// The namespace cannot be entered.
    #[error("cannot work inside the network namespace")]
    Enter(#[source] NetnsError),
    /// The kernel refused.
    #[error(transparent)]
    Rules(#[from] WriteError),
    /// The runtime is ending.
    #[error("the agent is stopping")]
    Stopping,
}

impl InsideError {
    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Enter(error) => error.hint(),
            Self::Rules(error) => error.hint(),
            Self::Stopping => None,
        }
    }
}

/// Runs `job` in `namespace`, on a thread that is for such work.
pub async fn inside<T, E, F>(namespace: &NetNamespace, job: F) -> Result<T, InsideError>
where
    T: Send + 'static,
    E: Into<WriteError> + Send + 'static,
    F: FnOnce() -> Result<T, E> + Send + 'static,
{
    let done = enter(namespace, job).await?;
    done.map_err(|error| InsideError::Rules(error.into()))
}

/// The same for jobs that fail in ways of their own, or not at all.
pub async fn enter<T, F>(namespace: &NetNamespace, job: F) -> Result<T, InsideError>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let namespace = namespace.clone();
    let done = tokio::task::spawn_blocking(move || namespace.visit(job)).await;
    done.map_err(|_| InsideError::Stopping)?
        .map_err(InsideError::Enter)
}
