//! Lists in pages: a continue token stands for the rest of one consistent list.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::status::ApiError;

/// How many unfinished lists are remembered; the oldest makes room (its token is then expired).
const REMEMBERED: usize = 64;

struct Rest {
    id: u64,
    revision: u64,
    items: Vec<Arc<Value>>,
}

/// The unfinished lists.
#[derive(Default)]
pub(crate) struct Pages(Mutex<VecDeque<Rest>>);

/// A part of a list.
pub(crate) struct Page {
    pub(crate) revision: u64,
    pub(crate) items: Vec<Arc<Value>>,
    pub(crate) token: Option<String>,
    pub(crate) remaining: usize,
}

impl Pages {
    /// The first page of a list (all of it when `limit` is 0).
    pub(crate) fn first(&self, revision: u64, items: Vec<Arc<Value>>, limit: usize) -> Page {
        if limit == 0 || items.len() <= limit {
            return Page {
                revision,
                items,
                token: None,
                remaining: 0,
            };
        }
        let id = rand::random();
        let page = cut(id, revision, &items, 0, limit);
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= REMEMBERED {
            lists.pop_front();
        }
        lists.push_back(Rest { id, revision, items });
        page
    }

    /// The page a token stands for. Asking twice gives the same page twice, as retries need.
    pub(crate) fn next(&self, token: &str, limit: usize) -> Result<Page, ApiError> {
        let parsed = token.split_once('.').and_then(|(id, offset)| {
            Some((u64::from_str_radix(id, 16).ok()?, offset.parse::<usize>().ok()?))
        });
        let (id, offset) = parsed.ok_or_else(|| ApiError::bad_request("continue key is not valid"))?;
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = lists.iter().find(|rest| rest.id == id).ok_or_else(|| {
            ApiError::expired(
                "The provided continue parameter is too old to display a consistent list result. You must start a \
                 new list without the continue parameter.",
            )
        })?;
        Ok(cut(
            id,
            rest.revision,
            &rest.items,
            offset,
            if limit == 0 { usize::MAX } else { limit },
        ))
    }
}

fn cut(id: u64, revision: u64, items: &[Arc<Value>], offset: usize, limit: usize) -> Page {
    let start = offset.min(items.len());
    let end = start.saturating_add(limit).min(items.len());
    let remaining = items.len() - end;
    let token = (remaining > 0).then(|| format!("{id:x}.{end}"));
    Page {
        revision,
        items: items[start..end].to_vec(),
        token,
        remaining,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::Pages;

    #[test]
    fn pages_add_up_to_the_list_and_repeat_on_retry() {
        let pages = Pages::default();
        let items: Vec<_> = (0..5).map(|n| Arc::new(json!(n))).collect();
        let first = pages.first(7, items.clone(), 2);
        let token = first.token.unwrap();
        assert_eq!((first.items.len(), first.remaining), (2, 3));
        let second = pages.next(&token, 2).unwrap();
        assert_eq!(pages.next(&token, 2).unwrap().items, second.items);
        let third = pages.next(&second.token.unwrap(), 2).unwrap();
        assert!(third.token.is_none());
        assert_eq!([first.items, second.items, third.items].concat(), items);
        assert_eq!(third.revision, 7);
    }

    #[test]
    fn an_unknown_token_is_expired_and_a_broken_one_is_refused() {
        let pages = Pages::default();
        assert_eq!(pages.next("1.2", 1).err().unwrap().code, 410);
        assert_eq!(pages.next("x", 1).err().unwrap().code, 400);
    }
}
