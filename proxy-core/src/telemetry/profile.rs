//! A profile of the proxy's own processor time, as `pprof` reads it (github.com/google/pprof, profile.proto).
//!
//! Places are addresses in the program's file, without names: a released program is stripped.
//! `go tool pprof UNSTRIPPED-PROGRAM PROFILE` shows them by name.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use mesh_sys::process::processor_time;
use mesh_sys::sampler::{Mapping, Sampler, SamplerError, Samples};
use prost::Message;

/// What was asked for, within the field's bounds (`spec/proxy-ops.md` §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// 1 to 300; 10.
    pub seconds: u32,
    /// Samples for each second of processor time: 1 to 1,000; 100.
    pub hertz: u32,
}

impl Wanted {
    /// Reads a query.
    ///
    /// # Errors
    ///
    /// In the field's words, which parameter is wrong.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut wanted = Self {
            seconds: 10,
            hertz: 100,
        };
        for (key, most, field) in [
            ("seconds", 300, &mut wanted.seconds),
            ("frequency", 1_000, &mut wanted.hertz),
        ] {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            for (_, value) in pairs.filter(|(name, _)| *name == key) {
                let number = value.parse().ok().filter(|number| (1..=most).contains(number));
                *field = number.ok_or_else(|| format!("invalid {key} value; expected 1-{most}"))?;
            }
        }
        Ok(wanted)
    }
}

/// A profile that is being taken.
#[derive(Debug)]
pub struct Profiler {
    sampler: Sampler,
    wanted: Wanted,
}

impl Profiler {
    /// Begins; at most one is at work (`spec/security.md` M3).
    ///
    /// # Errors
    ///
    /// When another one is, or the kernel refuses.
    pub fn start(wanted: Wanted) -> Result<Self, SamplerError> {
        let sampler = Sampler::start(wanted.hertz)?;
        Ok(Self { sampler, wanted })
    }

    /// Takes it, for as long as was asked for, and encodes it.
    pub async fn run(mut self) -> Vec<u8> {
        let begin = SystemTime::now();
        let before = processor_time();
        self.sampler
            .run(Duration::from_secs(self.wanted.seconds.into()))
            .await;
        let samples = self.sampler.finish();
        let mappings = mesh_sys::sampler::mappings().unwrap_or_default();
        let spent = processor_time().saturating_sub(before);
        let mut profile = profile(&samples, &mappings, spent);
        let since = begin.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        profile.time_nanos = nanos(since);
        profile.duration_nanos = nanos(begin.elapsed().unwrap_or_default());
        profile.encode_to_vec()
    }
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// `perftools.profiles.Profile`, as far as it is filled here.
#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    mapping: Vec<FileMapping>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
    #[prost(int64, repeated, tag = "13")]
    comment: Vec<i64>,
}

/// Indices into the table of strings.
#[derive(Clone, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct FileMapping {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    memory_start: u64,
    #[prost(uint64, tag = "3")]
    memory_limit: u64,
    #[prost(uint64, tag = "4")]
    file_offset: u64,
    #[prost(int64, tag = "5")]
    filename: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    mapping_id: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
}

/// The strings that pprof wants once; the first is empty.
#[derive(Default)]
struct Strings(Vec<String>);

impl Strings {
    fn index(&mut self, text: &str) -> i64 {
        let known = self.0.iter().position(|one| one == text);
        let index = known.unwrap_or_else(|| {
            self.0.push(text.to_owned());
            self.0.len() - 1
        });
        i64::try_from(index).unwrap_or(0)
    }
}

/// The kernel's clock may tick more rarely than was asked for, so samples share the time that was really spent.
fn profile(samples: &Samples, mappings: &[Mapping], spent: Duration) -> Profile {
    let seen = samples.stacks.values().sum::<u64>().max(1);
    let period = nanos(spent) / i64::try_from(seen).unwrap_or(i64::MAX);
    let mut strings = Strings(vec![String::new()]);
    let mut kind = |kind: &str, unit: &str| ValueType {
        kind: strings.index(kind),
        unit: strings.index(unit),
    };
    let sample_type = vec![kind("samples", "count"), kind("cpu", "nanoseconds")];
    let period_type = Some(kind("cpu", "nanoseconds"));
    let mut places = Places {
        mappings,
        ids: HashMap::new(),
        locations: Vec::new(),
    };
    let sample = samples.stacks.iter().map(|(stack, count)| {
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        Sample {
            location_id: places.of(stack),
            value: vec![count, count.saturating_mul(period)],
        }
    });
    let sample = sample.collect();
    let lost = format!("{} samples were lost", samples.lost);
    Profile {
        sample_type,
        sample,
        mapping: (1_u64..)
            .zip(mappings)
            .map(|(id, mapping)| FileMapping {
                id,
                memory_start: mapping.start as u64,
                memory_limit: mapping.end as u64,
                file_offset: mapping.offset,
                filename: strings.index(&mapping.file),
            })
            .collect(),
        location: places.locations,
        comment: match samples.lost {
            0 => Vec::new(),
            _ => vec![strings.index(&lost)],
        },
        string_table: strings.0,
        period_type,
        period,
        ..Profile::default()
    }
}

/// Numbers addresses.
struct Places<'a> {
    mappings: &'a [Mapping],
    ids: HashMap<usize, u64>,
    locations: Vec<Location>,
}

impl Places<'_> {
    fn of(&mut self, stack: &[usize]) -> Vec<u64> {
        let mut ids = Vec::with_capacity(stack.len());
        for (depth, address) in stack.iter().enumerate() {
            // all but the innermost are where a call comes back to, which is after the call
            ids.push(self.id(address - usize::from(depth > 0 && *address > 0)));
        }
        ids
    }

    fn id(&mut self, address: usize) -> u64 {
        *self.ids.entry(address).or_insert_with(|| {
            let id = self.locations.len() as u64 + 1;
            let found = self
                .mappings
                .iter()
                .position(|mapping| (mapping.start..mapping.end).contains(&address));
            self.locations.push(Location {
                id,
                mapping_id: found.map_or(0, |index| index as u64 + 1),
                address: address as u64,
            });
            id
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_names_places_by_file_and_weighs_them_in_time() {
        let mapping = Mapping {
            start: 0x1000,
            end: 0x2000,
            offset: 0x400,
            file: "/usr/local/bin/ztunnel".to_owned(),
        };
        let samples = Samples {
            stacks: HashMap::from([(vec![0x1010, 0x1100, 0x9000], 3)]),
            lost: 2,
        };
        let profile = profile(&samples, &[mapping], Duration::from_millis(30));
        assert_eq!(profile.string_table[0], "");
        let text = |index: i64| profile.string_table[usize::try_from(index).unwrap()].as_str();
        assert_eq!(text(profile.mapping[0].filename), "/usr/local/bin/ztunnel");
        let units: Vec<_> = profile
            .sample_type
            .iter()
            .map(|one| (text(one.kind), text(one.unit)))
            .collect();
        assert_eq!(units, [("samples", "count"), ("cpu", "nanoseconds")]);
        assert_eq!(profile.sample[0].value, [3, 30_000_000]);
        let places: Vec<_> = profile
            .location
            .iter()
            .map(|one| (one.mapping_id, one.address))
            .collect();
        assert_eq!(places, [(1, 0x1010), (1, 0x10ff), (0, 0x8fff)]);
        assert_eq!(profile.sample[0].location_id, [1, 2, 3]);
        assert_eq!(text(profile.comment[0]), "2 samples were lost");
    }

    #[test]
    fn questions_out_of_bounds_are_refused_in_the_fields_words() {
        let fine = |seconds, hertz| Ok(Wanted { seconds, hertz });
        assert_eq!(Wanted::parse(""), fine(10, 100));
        assert_eq!(Wanted::parse("seconds=300&frequency=1000&x=y"), fine(300, 1_000));
        for text in ["seconds=0", "seconds=301", "seconds=x", "seconds=-1", "seconds="] {
            let expected = "invalid seconds value; expected 1-300";
            assert_eq!(Wanted::parse(text), Err(expected.to_owned()), "{text}");
        }
        let expected = "invalid frequency value; expected 1-1000";
        assert_eq!(Wanted::parse("frequency=1001"), Err(expected.to_owned()));
    }
}
