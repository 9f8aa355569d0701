//! The headline metrics, in one strip whose geometry never changes.

use atrium_shared::research::metrics::{Headline, Stat};
use atrium_shared::surface::report::{DASH, MetricRow, count, headline_rows, headline_value};
use leptos::prelude::*;

use crate::parts::bubble::Explained;
use crate::state::Lab;

/// The metrics of a run of nothing: names and meanings for the strip before the first run.
const NOTHING: Headline = Headline {
    final_equity: 0.0,
    total_return: Stat::Value(0.0),
    cagr: Stat::Value(0.0),
    sharpe: Stat::Value(0.0),
    max_drawdown: Stat::Value(0.0),
    trades: 0,
    win_rate: Stat::Value(0.0),
    profit_factor: Stat::Value(0.0),
};

#[component]
pub(super) fn Metrics() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let headline = Memo::new(move |_| lab.run.with(|run| run.as_ref().map(|run| run.ran.headline)));
    let rows = Memo::new(move |_| headline.get().map(|headline| headline_rows(&headline)));
    let cell = move |(index, blank): (usize, MetricRow)| {
        let row = move || rows.with(|rows| rows.as_ref()?.get(index).cloned());
        let value = move || {
            headline
                .with(|headline| headline_value(headline.as_ref()?, blank.key))
                .map(|value| value.to_string())
        };
        let text = move || row().map_or_else(|| DASH.to_owned(), |row| row.text);
        let absent = move || row().and_then(|row| row.absent);
        // the reason may be cut where it stands, so the explanation has it, too
        let meaning = move || match absent() {
            Some(why) => format!("{} There is none here: {why}.", blank.meaning),
            None => blank.meaning.to_owned(),
        };
        let unit = move || {
            let currency = lab.shown.with(|shown| {
                let instrument = &shown.as_ref()?.data_set.instrument;
                Some(format!(", {}", instrument.currency))
            });
            currency.filter(|_| blank.key == "final_equity")
        };
        let sign = move || {
            let value = headline.with(|headline| headline_value(headline.as_ref()?, blank.key));
            signed(blank.key).then(|| value.map(tone)).flatten()
        };
        view! {
            <div
                class="metric"
                data-metric=blank.key
                data-value=value
                data-absent=absent
                data-tone=sign
            >
                <dt>
                    <Explained text=Signal::derive(meaning)>{blank.label} {unit}</Explained>
                </dt>
                <dd>
                    <span class="figure">{text}</span>
                    <span class="why">{absent}</span>
                </dd>
            </div>
        }
    };
    let capped = move || {
        lab.run.with(|run| {
            run.as_ref()
                .map(|run| capped_words(run.ran.trades_capped, run.ran.trades.len()))
        })
    };
    let halted = move || {
        lab.run.with(|run| {
            let at = run.as_ref()?.ran.halted_at?;
            Some(format!("Trading was halted at {at}."))
        })
    };
    let capped_count = move || {
        lab.run
            .with(|run| run.as_ref().map(|run| run.ran.trades_capped.to_string()))
    };
    view! {
        <section class="metrics" aria-label="Headline metrics">
            <dl>
                {headline_rows(&NOTHING).into_iter().enumerate().map(cell).collect_view()}
            </dl>
            <p class="capped" data-capped=capped_count>
                {capped}
                <strong class="halted">{halted}</strong>
            </p>
        </section>
    }
}

/// Whether the sign of a metric says good or bad.
fn signed(key: &str) -> bool {
    matches!(key, "total_return" | "cagr" | "sharpe")
}

fn tone(value: f64) -> &'static str {
    if value > 0.0 {
        "good"
    } else if value < 0.0 {
        "bad"
    } else {
        "even"
    }
}

fn capped_words(capped: u64, trades: usize) -> String {
    match (capped, trades) {
        (_, 0) => "No trade was made.".to_owned(),
        (0, _) => "Every trade was sized by its risk; no cap was met.".to_owned(),
        (capped, trades) if capped == trades as u64 => format!(
            "Buying power capped the size of every one of {} trades: each risks less than intended. More leverage or less risk per trade changes that.",
            count(trades as f64)
        ),
        (capped, trades) => format!(
            "Buying power capped the size of {} of {} trades: they risk less than intended.",
            count(capped as f64),
            count(trades as f64)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_are_told_in_words() {
        assert_eq!(capped_words(0, 0), "No trade was made.");
        assert!(capped_words(0, 5).starts_with("Every trade was sized by its risk"));
        assert!(capped_words(5, 5).contains("every one of 5"));
        assert!(capped_words(2, 5).contains("2 of 5"));
    }
}
