use crate::canonical::Record;
use serde_json::Value;

/// One hundred percent, in basis points.
const WHOLE: u64 = 10_000;
/// What the product of four shares in basis points is divided by to be a share in basis points again.
const PRODUCT: u64 = WHOLE * WHOLE * WHOLE;

/// What does not add up in a loonwaarde.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// The main tasks are not the whole of the time together.
    Time,
    /// The percentage is not what the main tasks come to.
    Percentage,
}

impl Sum {
    /// Where it stands in the record.
    #[must_use]
    pub const fn pointer(self) -> &'static str {
        match self {
            Self::Time => "/hoofdtaken",
            Self::Percentage => "/percentage",
        }
    }
}

/// What does not add up in a loonwaarde (Besluit and Regeling loonkostensubsidie 2021, Stcrt 2021, 9937): the shares of
/// the time of all main tasks are 100 % together, and the wage value is the sum over them of time x pace x quality x
/// net working time, rounded to a whole percentage. Shares are in basis points. Nothing is said of what is incomplete.
#[must_use]
pub fn wage_value_sums(record: &Record) -> Vec<Sum> {
    let tasks = record.get("hoofdtaken").and_then(Value::as_array);
    let Some(tasks) = tasks.filter(|tasks| !tasks.is_empty()) else {
        return Vec::new();
    };
    let (mut time, mut product) = (0_u64, 0_u64);
    for task in tasks {
        let share = |name: &str| {
            let share = task.get(name).and_then(Value::as_u64);
            share.filter(|share| *share <= WHOLE)
        };
        let shares = ["tijd", "tempo", "kwaliteit", "nettoWerktijd"].map(share);
        let [Some(of_time), Some(pace), Some(quality), Some(net)] = shares else {
            return Vec::new();
        };
        time += of_time;
        product = product.saturating_add(of_time * pace * quality * net);
    }
    let percent = product.saturating_add(PRODUCT * 50) / (PRODUCT * 100);
    let said = record.get("percentage").and_then(Value::as_u64);
    let percentage = said.filter(|said| *said != percent * 100);
    let time = (time != WHOLE).then_some(Sum::Time);
    let percentage = percentage.map(|_| Sum::Percentage);
    time.into_iter().chain(percentage).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_main_tasks_come_to_the_whole_of_the_time_and_to_the_percentage() {
        let task = |time: u64, pace: u64, quality: u64, net: u64| json!({"tijd": time, "tempo": pace, "kwaliteit": quality, "nettoWerktijd": net});
        // the worked example: 27.0 + 14.4 = 41.4, so 41 %
        let example = [task(5000, 6000, 9000, 10000), task(5000, 4000, 8000, 9000)];
        for (percentage, tasks, wrong) in [
            (4100, example.to_vec(), vec![]),
            (4200, example.to_vec(), vec![Sum::Percentage]),
            (4140, example.to_vec(), vec![Sum::Percentage]),
            (2700, example[..1].to_vec(), vec![Sum::Time]),
            // 50.5 is rounded up
            (5100, vec![task(10000, 5050, 10000, 10000)], vec![]),
            (10000, vec![task(10000, 10000, 10000, 10000)], vec![]),
            (10000, vec![json!({"tijd": 5000})], vec![]),
            (10000, vec![], vec![]),
        ] {
            let record = json!({"percentage": percentage, "hoofdtaken": tasks});
            let record = record.as_object().expect("an object");
            assert_eq!(wage_value_sums(record), wrong, "{record:?}");
        }
        let without = json!({"hoofdtaken": example});
        assert_eq!(wage_value_sums(without.as_object().expect("an object")), []);
    }
}
