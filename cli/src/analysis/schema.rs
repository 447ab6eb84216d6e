//! What the definitions say: the same verdict as `meshctl validate` gives. (pure)

use super::code::{SCHEMA_ERROR, SCHEMA_WARNING};
use super::{Message, Subject, World};

pub(super) fn analyze(world: &World<'_>, found: &mut Vec<Message>) {
    // ports of Services are the field's own convention, which clusters do not share
    for one in world.objects.iter().filter(|one| one.object["kind"] != "Service") {
        let verdict = world.schemas.judge(&one.object, world.system);
        let title = format!("{} {}: ", one.key().1, one.key().3);
        // the verdict names the object, which the finding does already
        let message = |code, text: &String| Message {
            code,
            subject: Subject::of(one),
            text: text.strip_prefix(&title).unwrap_or(text).to_owned(),
        };
        found.extend(verdict.errors.iter().map(|text| message(SCHEMA_ERROR, text)));
        // terms for waypoints have a code of their own
        let warnings = verdict
            .warnings
            .iter()
            .filter(|text| !text.contains("only a waypoint"));
        found.extend(warnings.map(|text| message(SCHEMA_WARNING, text)));
    }
}
