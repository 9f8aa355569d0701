//! The coverage calendar: every day at a glance, by pointer and by keys, and the same as a table.

use std::sync::Arc;

use atrium_shared::base::time::Day;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::{Coverage, DayCoverage, DayState};
use atrium_shared::surface::report::count;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{KeyboardEvent, PointerEvent, ResizeObserver};

use super::grid::{HEAD, Layout, Mark, Year};
use super::words::{coverage_words, day_words};
use crate::browser;
use crate::state::library::{Library, Moment, Reports};

/// The looks in the order of the legend, with their words.
const LEGEND: [(Mark, &str, &str); 6] = [
    (
        Mark::Complete,
        "Complete",
        "Every bar that the calendar expects is there.",
    ),
    (
        Mark::EarlyClose,
        "Early close",
        "Complete, and the session ended earlier than usual.",
    ),
    (
        Mark::Partial(0.5),
        "Partial",
        "Some expected bars are missing: filled as far as bars are there.",
    ),
    (
        Mark::Missing,
        "Missing",
        "There was a session, and not one of its bars is there.",
    ),
    (
        Mark::Synthetic,
        "Filled in",
        "All that is missing was filled in with flagged bars, which no run trades on.",
    ),
    (
        Mark::Closed,
        "Closed",
        "The calendar has no session: weekends and holidays.",
    ),
];

/// How a day is drawn.
fn mark(day: &DayCoverage) -> Mark {
    match day.state {
        DayState::Closed => Mark::Closed,
        DayState::Missing => Mark::Missing,
        DayState::Complete if day.early_close => Mark::EarlyClose,
        DayState::Complete => Mark::Complete,
        DayState::Partial if day.real + day.synthetic >= day.expected => Mark::Synthetic,
        DayState::Partial => Mark::Partial(f64::from(day.real) / f64::from(day.expected.max(1))),
    }
}

/// One year with its days.
#[derive(Clone, PartialEq)]
struct YearOfDays {
    year: Year,
    days: Vec<DayCoverage>,
}

impl YearOfDays {
    /// Days by the name of their look.
    fn counts(&self) -> [usize; LEGEND.len()] {
        LEGEND.map(|(looks, _, _)| {
            let same = |day: &&DayCoverage| mark(day).name() == looks.name();
            self.days.iter().filter(same).count()
        })
    }

    /// The cells of one look as a path.
    fn path(&self, layout: &Layout, looks: Mark) -> String {
        let mut path = String::new();
        for day in &self.days {
            let mark = mark(day);
            if mark.name() == looks.name() {
                mark.draw(&mut path, layout.place(&self.year, day.day), layout.side());
            }
        }
        path
    }
}

/// The days by year, the latest first.
fn by_year(coverage: &Coverage) -> Vec<YearOfDays> {
    let mut years: Vec<YearOfDays> = Vec::new();
    for day in &coverage.days {
        let current = years
            .last_mut()
            .filter(|current| day.day <= current.year.last);
        match (current, Year::of(day.day)) {
            (Some(current), _) => current.days.push(*day),
            (None, Some(year)) => years.push(YearOfDays {
                year,
                days: vec![*day],
            }),
            (None, None) => {}
        }
    }
    years.reverse();
    years
}

/// The coverage of a data set, with the day that the cursor is on.
#[derive(Clone, Copy)]
struct Days {
    library: Library,
    sessions: Calendar,
    days: StoredValue<Arc<Reports>>,
    cursor: RwSignal<Option<usize>>,
    layout: RwSignal<Layout>,
}

impl Days {
    fn with_days<T>(self, read: impl FnOnce(&[DayCoverage]) -> T) -> T {
        self.days.with_value(|reports| read(&reports.coverage.days))
    }

    /// The day that the cursor is on.
    fn day(self) -> Option<DayCoverage> {
        let cursor = self.cursor.get()?;
        self.with_days(|days| days.get(cursor).copied())
    }

    fn index_of(self, day: Day) -> Option<usize> {
        self.with_days(|days| days.binary_search_by_key(&day, |known| known.day).ok())
    }

    /// Shows the bars of the day that the cursor is on.
    fn open(self) {
        let Some(day) = untrack(move || self.day()) else {
            return;
        };
        let title = format!("{}: {}", day_words(day.day), coverage_words(&day));
        let moment = Moment::of_day(self.sessions, day.day, title);
        self.library.show(moment);
    }
}

#[component]
pub(super) fn CoverageCalendar(
    library: Library,
    /// When there are sessions.
    sessions: Calendar,
    reports: Arc<Reports>,
) -> impl IntoView {
    let years = by_year(&reports.coverage);
    let totals = years
        .iter()
        .map(YearOfDays::counts)
        .fold([0; LEGEND.len()], |sum, counts| {
            core::array::from_fn(|index| {
                sum.get(index).unwrap_or(&0) + counts.get(index).unwrap_or(&0)
            })
        });
    let calendar = Days {
        library,
        sessions,
        days: StoredValue::new(Arc::clone(&reports)),
        cursor: RwSignal::new(None),
        layout: RwSignal::new(Layout::new(900)),
    };
    let host = NodeRef::<Div>::new();
    follow_width(calendar, host);
    let told = move || match calendar.day() {
        Some(day) => format!("{}: {}", day_words(day.day), coverage_words(&day)),
        None => "Point at a day, or move with the arrow keys; Enter shows its bars.".to_owned(),
    };
    let table_years = years.clone();
    view! {
        <section class="coverage" aria-labelledby="coverage-title">
            <div class="section-head">
                <h2 id="coverage-title">"Coverage"</h2>
                <p class="told" id="coverage-day" role="status">{told}</p>
            </div>
            <Legend totals />
            <div
                id="coverage"
                class="years"
                role="group"
                aria-roledescription="calendar"
                aria-label="Coverage by day"
                aria-describedby="coverage-help coverage-day"
                tabindex="0"
                node_ref=host
                data-complete=totals[0]
                data-early=totals[1]
                data-partial=totals[2]
                data-missing=totals[3]
                data-synthetic=totals[4]
                data-closed=totals[5]
                data-cursor=move || calendar.day().map(|day| day.day.to_string())
                on:keydown=move |event| on_key(calendar, &event)
            >
                {years.into_iter().map(|year| view! { <YearRow calendar year /> }).collect_view()}
            </div>
            <p class="hidden" id="coverage-help">
                "Arrow keys move by days and weeks, Page Up and Page Down by months, Home and End to the first and the last day. N goes to the next day that lacks anything, P to the one before. Enter shows the bars of the day. The table beneath holds the same."
            </p>
            <Table years=table_years />
        </section>
    }
}

/// Lays the calendar out for the width that there is.
fn follow_width(calendar: Days, host: NodeRef<Div>) {
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        let measured = host.clone();
        let measure = move || {
            // beside the years stand their numbers
            let layout = Layout::new(measured.client_width() - YEAR_PX - ABOUT_PX);
            if calendar
                .layout
                .try_get_untracked()
                .is_some_and(|now| now != layout)
            {
                calendar.layout.set(layout);
            }
        };
        measure();
        let on_resize = Closure::<dyn FnMut()>::new(measure);
        if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
            observer.observe(&host);
            let kept = StoredValue::new_local(Some((observer, on_resize)));
            on_cleanup(move || {
                if let Some(Some((observer, _))) = kept.try_update_value(Option::take) {
                    observer.disconnect();
                }
            });
        }
    });
}

/// Room for the number of a year, in CSS pixels; the style sheet has the same.
const YEAR_PX: i32 = 48;
/// Room about the years, left and right together; the style sheet has it, too.
const ABOUT_PX: i32 = 16;

#[component]
fn Legend(totals: [usize; LEGEND.len()]) -> impl IntoView {
    let entry = |((looks, words, meaning), total): ((Mark, &'static str, &'static str), usize)| {
        let mut path = String::new();
        looks.draw(&mut path, (0, 0), 13);
        view! {
            <li title=meaning data-none=(total == 0).then_some("")>
                <svg viewBox="0 0 13 13" width="13" height="13" aria-hidden="true" class="cell">
                    <path class=looks.name() d=path fill-rule="evenodd" />
                </svg>
                <span>{words}</span>
                " "
                <span class="quiet">{count(total as f64)}</span>
            </li>
        }
    };
    view! { <ul class="coverage-legend" aria-label="Days by state">{LEGEND.into_iter().zip(totals).map(entry).collect_view()}</ul> }
}

#[component]
fn YearRow(calendar: Days, year: YearOfDays) -> impl IntoView {
    let number = year.year.number;
    let of = year.year;
    let months = move || {
        let layout = calendar.layout.get();
        let month = |(first, name): (Day, &'static str)| {
            let (x, y) = layout.place(&of, first);
            let top = y - (y - HEAD).rem_euclid(HEAD + 7 * layout.pitch) - 4;
            view! { <text x=x y=top>{name}</text> }
        };
        of.months().into_iter().map(month).collect_view()
    };
    let cells = move || {
        let layout = calendar.layout.get();
        let path = |(looks, _, _): (Mark, &str, &str)| {
            let path = year.path(&layout, looks);
            (!path.is_empty())
                .then(|| view! { <path class=looks.name() d=path fill-rule="evenodd" /> })
        };
        LEGEND.map(path)
    };
    let cursor = move || {
        let (day, layout) = (calendar.day()?.day, calendar.layout.get());
        (of.first <= day && day <= of.last).then(|| {
            let (x, y) = layout.place(&of, day);
            let side = layout.side() + 4;
            view! { <rect class="cursor" x=x - 2 y=y - 2 width=side height=side rx="2" /> }
        })
    };
    let at = move |event: &PointerEvent| {
        let target = event
            .current_target()?
            .dyn_into::<web_sys::Element>()
            .ok()?;
        let rect = target.get_bounding_client_rect();
        let (x, y) = (
            f64::from(event.client_x()) - rect.left(),
            f64::from(event.client_y()) - rect.top(),
        );
        let day = calendar.layout.get_untracked().day_at(&of, x, y)?;
        calendar.index_of(day)
    };
    let size = move || calendar.layout.get().size();
    view! {
        <div class="year">
            <span class="year-number">{number}</span>
            <svg
                class="cells"
                aria-hidden="true"
                width=move || (size().0 + 4).to_string()
                height=move || size().1.to_string()
                on:pointermove=move |event| {
                    if let Some(index) = at(&event) && calendar.cursor.get_untracked() != Some(index) {
                        calendar.cursor.set(Some(index));
                    }
                }
                on:pointerup=move |event| {
                    if let Some(index) = at(&event) {
                        calendar.cursor.set(Some(index));
                        calendar.open();
                    }
                }
            >
                {months}
                {cells}
                {cursor}
            </svg>
        </div>
    }
}

fn on_key(calendar: Days, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let last = calendar.with_days(<[DayCoverage]>::len).saturating_sub(1);
    let now = calendar.cursor.get_untracked();
    let moved = |by: i64| {
        let from = now.map_or(last as i64, |now| now as i64);
        usize::try_from((from + by).clamp(0, last as i64)).ok()
    };
    let lacks = |day: &DayCoverage| matches!(day.state, DayState::Partial | DayState::Missing);
    let next = match event.key().as_str() {
        "ArrowDown" => moved(1),
        "ArrowUp" => moved(-1),
        "ArrowRight" => moved(7),
        "ArrowLeft" => moved(-7),
        "PageDown" => moved(30),
        "PageUp" => moved(-30),
        "Home" => Some(0),
        "End" => Some(last),
        "n" => calendar.with_days(|days| {
            let from = now.map_or(0, |now| now + 1);
            let found = days.iter().skip(from).position(lacks);
            found.map(|ahead| from + ahead).or(now)
        }),
        "p" => calendar.with_days(|days| {
            let found = days.iter().take(now.unwrap_or(days.len())).rposition(lacks);
            found.or(now)
        }),
        "Enter" | " " => {
            event.prevent_default();
            return calendar.open();
        }
        "Escape" => None,
        _ => return,
    };
    event.prevent_default();
    calendar.cursor.set(next);
    // once it is drawn there
    request_animation_frame(|| {
        let year = document()
            .query_selector("#coverage .year:has(.cursor)")
            .ok()
            .flatten();
        if let Some(year) = year {
            browser::bring_near(&year);
        }
    });
}

/// The calendar as a table: days by state of each month, and every day that lacks something.
#[component]
fn Table(years: Vec<YearOfDays>) -> impl IntoView {
    let open = RwSignal::new(false);
    let years = StoredValue::new(years);
    let rows = move || {
        years.with_value(|years| {
            let row = |year: &YearOfDays| {
                let cells = year
                    .counts()
                    .map(|days| view! { <td data-number="">{count(days as f64)}</td> });
                view! { <tr><th scope="row">{year.year.number}</th>{cells}</tr> }
            };
            years.iter().map(row).collect_view()
        })
    };
    let lacking = move || {
        years.with_value(|years| {
            let days = years.iter().flat_map(|year| year.days.iter().rev());
            let lacking = days.filter(|day| {
                matches!(day.state, DayState::Partial | DayState::Missing) || day.early_close
            });
            let row = |day: &DayCoverage| view! { <tr><th scope="row">{day_words(day.day)}</th><td>{coverage_words(day)}</td></tr> };
            lacking.take(MOST_ROWS).map(row).collect_view()
        })
    };
    view! {
        <details class="twin" on:toggle=move |_| open.set(true)>
            <summary>"The same as a table"</summary>
            <Show when=move || open.get()>
                <div class="table-window" tabindex="0" role="group" aria-label="Days by year and state">
                    <table class="plain">
                        <thead>
                            <tr>
                                <th scope="col">"Year"</th>
                                {LEGEND.map(|(_, words, _)| view! { <th scope="col" data-number="">{words}</th> })}
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                    <table class="plain">
                        <caption>
                            "Days that lack bars or close early, the latest first; at most "
                            {count(MOST_ROWS as f64)}
                        </caption>
                        <thead>
                            <tr>
                                <th scope="col">"Day"</th>
                                <th scope="col">"State"</th>
                            </tr>
                        </thead>
                        <tbody>{lacking}</tbody>
                    </table>
                </div>
            </Show>
        </details>
    }
}

/// Rows that a table without a window has at most.
const MOST_ROWS: usize = 1_000;
