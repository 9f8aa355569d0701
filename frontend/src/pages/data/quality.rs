//! How good the bars are: one score, what it is made of, and the worst that was found.

use std::sync::Arc;

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::curate::{Offender, QualityReport};
use atrium_shared::surface::report::{count, fixed};
use leptos::prelude::*;

use super::words::{many, offender_words, offenders_words, time_words};
use crate::parts::bubble::Explained;
use crate::state::library::{Library, Moment, Reports};

/// A score as it is told: never rounded up to a whole that it is not.
pub(super) fn score_words(score: Option<f64>) -> String {
    match score {
        None => "–".to_owned(),
        Some(score) if score < 1.0 => {
            // four digits below the whole are told apart
            let percent = (score * 1e5).floor() / 1e3;
            format!("{} %", fixed(percent, if percent < 99.0 { 1 } else { 3 }))
        }
        Some(_) => "100 %".to_owned(),
    }
}

/// A line of the report: what is counted, how many, what it means.
type Line = (&'static str, u64, &'static str);

/// What is counted.
fn lines(report: &QualityReport) -> Vec<Line> {
    let cleaning = report.cleaning.as_ref();
    let rejected = cleaning.map_or(0, |cleaning| cleaning.rejected);
    let conflicts = cleaning.map_or(0, |cleaning| cleaning.conflicting_duplicates);
    let exact = cleaning.map_or(0, |cleaning| cleaning.exact_duplicates);
    let synthetic = report.gaps.synthetic;
    vec![
        (
            "Expected bars",
            report.gaps.expected,
            "Bars that the calendar expects in its regular sessions, from the first day to the last.",
        ),
        (
            "Missing",
            report.gaps.missing(),
            "Expected bars that are not there, or only filled in.",
        ),
        (
            "Filled in",
            synthetic,
            "Short gaps that were filled with flagged bars at the last price and without volume. No run decides on them or trades on them.",
        ),
        (
            "Repeated rows",
            exact,
            "Rows that came again, the same in every column. One of them is kept.",
        ),
        (
            "Contradicting rows",
            conflicts,
            "Rows whose time came before with other values. The last one counts.",
        ),
        (
            "Rows not used",
            rejected,
            "Rows that are no valid bars; they are kept apart with their line and reason.",
        ),
        (
            "Bars on closed days",
            report.on_closed_days,
            "Bars on days that your own closures close. They are taken off the score.",
        ),
        (
            "Bad prints",
            report.bad_prints,
            "Bars with a price that the closes before and after do not bear out.",
        ),
        (
            "Outlier returns",
            report.outlier_returns,
            "Returns far outside what is usual at their time of the session.",
        ),
        (
            "Stale runs",
            report.stale_runs,
            "Long runs of bars at one unchanged price.",
        ),
        (
            "Bars without range",
            report.zero_range,
            "Bars whose high is their low.",
        ),
        (
            "Bars without volume",
            report.zero_volume,
            "Bars in which nothing was traded.",
        ),
    ]
}

#[component]
pub(super) fn Quality(library: Library, reports: Arc<Reports>) -> impl IntoView {
    let report = &reports.quality;
    let interval = report.gaps.interval;
    let score = report.score;
    let entry = |(name, number, meaning): Line| {
        view! {
            <div class="fact" data-quality=name data-value=number.to_string()>
                <dt><Explained text=meaning.to_owned()>{name}</Explained></dt>
                <dd data-zero=(number == 0).then_some("")>{count(number as f64)}</dd>
            </div>
        }
    };
    let found: u64 = report.offenders_by_kind.values().sum();
    let kinds = report.offenders_by_kind.iter();
    let kinds = kinds.map(|(kind, number)| offenders_words(*kind, *number));
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let listed = report.worst.len();
    let row =
        |offender: &Offender| view! { <OffenderRow library offender=offender.clone() interval /> };
    let table = (listed > 0).then(|| {
        view! {
            <div class="table-window" tabindex="0" role="group" aria-label="Findings">
                <table class="plain" id="offenders">
                    <thead>
                        <tr>
                            <th scope="col">"When, UTC"</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"Why"</th>
                        </tr>
                    </thead>
                    <tbody>{report.worst.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    });
    let lead = match found {
        0 => "Nothing odd was found.".to_owned(),
        _ if listed as u64 == found => {
            format!("{kinds}. The worst come first; choose one to see its bars.")
        }
        _ => format!("{kinds}. The worst {listed} are listed; choose one to see its bars."),
    };
    view! {
        <section class="quality" aria-labelledby="quality-title">
            <div class="section-head">
                <h2 id="quality-title">"Quality"</h2>
                <p class="score" data-score=score.map(|score| score.to_string())>
                    <Explained text="The share of expected bars that are real, unique and consistent: there, told once, and with prices that make sense beside their neighbours.".to_owned()>
                        "Score"
                    </Explained>
                    " "
                    <strong>{score_words(score)}</strong>
                </p>
            </div>
            <dl class="facts counts">{lines(report).into_iter().map(entry).collect_view()}</dl>
            <h3>"Worst findings " <span class="quiet">{many(found, "finding", "findings")}</span></h3>
            <p class="lead">{lead}</p>
            {table}
        </section>
    }
}

#[component]
fn OffenderRow(library: Library, offender: Offender, interval: BarInterval) -> impl IntoView {
    let at = time_words(offender.at, interval);
    let what = offender_words(offender.kind);
    let moment = Moment {
        title: format!("{what}, {at} UTC: {}", offender.why),
        from: offender.at,
        to: offender.at.plus_seconds(i64::from(interval.seconds())),
    };
    let is_shown = {
        let moment = moment.clone();
        Memo::new(move |_| library.moment.with(|shown| shown.as_ref() == Some(&moment)))
    };
    let label = format!("Show the bars about {what} at {at}");
    let show = move |_: web_sys::MouseEvent| library.show(moment.clone());
    view! {
        <tr data-chosen=move || is_shown.get().then_some("") on:click=show>
            <td>
                <button type="button" class="row-button" aria-label=label aria-pressed=move || is_shown.get().to_string()>
                    {at.clone()}
                </button>
            </td>
            <td>{what}</td>
            <td class="why">{offender.why}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::score_words;

    #[test]
    fn a_score_is_never_rounded_up() {
        for (score, text) in [
            (Some(1.0), "100 %"),
            (Some(0.999_999), "99.999 %"),
            (Some(0.995), "99.500 %"),
            (Some(0.5), "50.0 %"),
            (None, "–"),
        ] {
            assert_eq!(score_words(score), text);
        }
    }
}
