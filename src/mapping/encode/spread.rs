use crate::document::Fault;
use crate::document::Made;
use crate::mapping::codec::Note;
use crate::mapping::encode::Here;
use crate::mapping::encode::Writer;
use crate::mapping::encode::value::Piece;
use crate::mapping::encode::value::missing;
use crate::mapping::encode::value::remark;
use crate::mapping::encode::value::state_lost;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Spread;
use serde_json::Value as Json;

impl<'v> Writer<'v> {
    /// Several attributes as one text.
    pub(super) fn spread(
        &self,
        rule: &'v Rule,
        spread: &'v Spread,
        here: Here<'_, 'v>,
        faults: &mut Vec<Fault>,
    ) -> Option<Piece<'v>> {
        let targets = spread.targets.iter().map(|(target, _)| target);
        let texts: Vec<&str> = targets
            .clone()
            .map(|target| {
                here.value(target)
                    .and_then(Json::as_str)
                    .unwrap_or_default()
                    .trim()
            })
            .collect();
        let piece = if texts.iter().all(|text| text.is_empty()) {
            let states: Vec<_> = targets.clone().map(|target| here.state(target)).collect();
            let same = states.iter().all(|state| *state == states[0]);
            let state = states[0].filter(|_| same && !rule.required);
            let piece = state.and_then(|state| self.state(rule, &spread.whole, state));
            if piece.is_none() && states.iter().any(Option::is_some) && !rule.required {
                faults.push(state_lost(here.place(&spread.whole.target)));
            }
            piece
        } else {
            for target in targets.filter(|target| here.state(target).is_some()) {
                faults.push(state_lost(here.place(target)));
            }
            match self.spread_text(rule, spread, &texts) {
                Ok(text) => Some(Piece::One(Made::text(text))),
                Err(why) => {
                    faults.push(remark(why, here.place(&spread.whole.target)));
                    None
                }
            }
        };
        if rule.required && piece.is_none() {
            faults.push(missing(here.place(&spread.whole.target)));
        }
        piece
    }

    /// Parts as the text that is written of them.
    pub(crate) fn spread_text(
        &self,
        rule: &Rule,
        spread: &Spread,
        parts: &[&str],
    ) -> Result<String, Note> {
        let joined = spread.join.joined(parts);
        let text = joined.map_err(|why| Note::with("uit.vorm", why.nl.clone(), why.en.clone()))?;
        self.sayable(rule, &spread.whole, &text)?;
        Ok(text)
    }
}
