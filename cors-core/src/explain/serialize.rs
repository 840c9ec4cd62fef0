//! Explanations as data: for logs and tools.

use serde_core::ser::{Serialize, SerializeStruct as _, Serializer};

use super::{Explanation, Step};

impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Explanation", 3)?;
        fields.serialize_field("kind", self.decision.kind())?;
        let outcome = match (self.refusal().and_then(Step::denial), self.decision.outcome()) {
            (Some(denial), _) => denial.code(),
            (None, _) if self.passes_through() => "left-alone",
            (None, outcome) => outcome,
        };
        fields.serialize_field("outcome", outcome)?;
        fields.serialize_field("steps", &self.steps)?;
        fields.end()
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let places: Vec<_> = self.sources().iter().map(ToString::to_string).collect();
        let mut fields = serializer.serialize_struct("Step", 7)?;
        fields.serialize_field("setting", self.setting().name())?;
        fields.serialize_field("requested", self.requested())?;
        fields.serialize_field("allowed", &self.allowed().to_string())?;
        fields.serialize_field("places", &places)?;
        fields.serialize_field("denial", &self.denial().map(|denial| denial.code()))?;
        fields.serialize_field("near_miss", &self.near_miss())?;
        fields.serialize_field("help", &self.help())?;
        fields.end()
    }
}
