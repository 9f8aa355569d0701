//! Runs that the server keeps: save one, open one, forget one.

use atrium_shared::base::time::Timestamp;
use atrium_shared::surface::saved_runs::{MAX_NAME, MAX_NOTE, SaveRun, SavedRun};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError};
use crate::parts::dialog::Dialog;
use crate::parts::name_form::NameForm;
use crate::state::Lab;
use crate::state::entries::Server;

/// What is known of the saved runs.
#[derive(Clone, PartialEq)]
enum List {
    Loading,
    Known(Vec<SavedRun>),
    Failed(String),
}

#[derive(Clone, Copy)]
struct Runs {
    lab: Lab,
    list: RwSignal<List>,
    /// The run that is about to be forgotten, once that is confirmed.
    doubted: RwSignal<Option<String>>,
    /// What could not be done.
    trouble: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Runs {
    fn fetch(self) {
        self.list.set(List::Loading);
        spawn_local(async move {
            let list = match api::saved_runs().await {
                Ok(runs) => List::Known(runs.runs),
                Err(error) => List::Failed(self.told(error)),
            };
            // the dialog may be closed by then
            let _ = self.list.try_set(list);
        });
    }

    fn told(self, error: ApiError) -> String {
        if error == ApiError::Away {
            self.lab.server.set(Server::Away);
        }
        error.to_string()
    }

    fn save(self, run: SaveRun, then: impl FnOnce() + 'static) {
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            let saved = match run.checked() {
                Ok(_) => api::save_run(&run).await.map_err(|error| self.told(error)),
                Err(bad) => Err(bad.to_string()),
            };
            let _ = self.busy.try_set(false);
            match saved {
                Ok(run) => {
                    let _ = self.list.try_update(|list| match list {
                        List::Known(runs) => runs.insert(0, run),
                        other => *other = List::Known(vec![run]),
                    });
                    then();
                }
                Err(why) => drop(self.trouble.try_set(Some(why))),
            }
        });
    }

    fn forget(self, id: String) {
        self.doubted.set(None);
        self.trouble.set(None);
        spawn_local(async move {
            match api::forget_run(&id).await {
                Ok(()) => {
                    let _ = self.list.try_update(|list| {
                        if let List::Known(runs) = list {
                            runs.retain(|run| run.id != id);
                        }
                    });
                }
                Err(error) => drop(self.trouble.try_set(Some(self.told(error)))),
            }
        });
    }
}

#[component]
pub(crate) fn RunsDialog() -> impl IntoView {
    let runs = Runs {
        lab: expect_context::<Lab>(),
        list: RwSignal::new(List::Loading),
        doubted: RwSignal::new(None),
        trouble: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    runs.fetch();
    let state = move || {
        runs.list.with(|list| match list {
            List::Loading => "loading",
            List::Known(list) if list.is_empty() => "empty",
            List::Known(_) => "known",
            List::Failed(_) => "error",
        })
    };
    let list = move || {
        match runs.list.get() {
        List::Loading => view! { <p class="quiet" role="status">"Asking the server…"</p> }.into_any(),
        List::Failed(why) => view! {
            <p role="alert">{why} " Saved runs are kept by the server; a link keeps a run without it."</p>
            <button type="button" class="button" id="runs-again" on:click=move |_| runs.fetch()>"Try again"</button>
        }
        .into_any(),
        List::Known(list) if list.is_empty() => view! {
            <p class="quiet">"Nothing is saved yet. Save the run that is shown, with a note on what it was for."</p>
        }
        .into_any(),
        List::Known(list) => view! {
            <ul class="lines">{list.into_iter().map(|run| line(runs, run)).collect_view()}</ul>
        }
        .into_any(),
    }
    };
    view! {
        <Dialog id="runs-dialog" title="Saved runs">
            <SaveForm runs />
            <p class="complaint" role="alert">{move || runs.trouble.get()}</p>
            <div data-runs=state>{list}</div>
        </Dialog>
    }
}

/// Saves the run that is shown.
#[component]
fn SaveForm(runs: Runs) -> impl IntoView {
    let lab = runs.lab;
    let (name, note) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let link = Memo::new(move |_| lab.link());
    let ready = Signal::derive(move || link.with(Option::is_some) && !runs.busy.get());
    let keep = Callback::new(move |name_of: String| {
        let text = link.get_untracked().map(|link| link.text());
        match text {
            Some(Ok(link)) => {
                let run = SaveRun {
                    name: name_of,
                    note: note.get_untracked(),
                    link,
                };
                runs.save(run, move || {
                    let _ = name.try_set(String::new());
                    let _ = note.try_set(String::new());
                });
            }
            Some(Err(bad)) => runs.trouble.set(Some(bad.to_string())),
            None => {}
        }
    });
    view! {
        <NameForm
            field="run-name"
            button="save-run"
            class="save-run"
            label="Save the run that is shown as"
            press="Save"
            most=MAX_NAME
            name
            ready
            keep
        >
            <label for="run-note">"Note"</label>
            <textarea
                class="typed words"
                id="run-note"
                rows="2"
                maxlength=MAX_NOTE
                prop:value=move || note.get()
                on:input=move |event| note.set(event_target_value(&event))
            ></textarea>
        </NameForm>
    }
}

/// A time to the minute.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    match text.get(..16) {
        Some(minute) => format!("{} UTC", minute.replace('T', " ")),
        None => text,
    }
}

fn line(runs: Runs, run: SavedRun) -> impl IntoView {
    let lab = runs.lab;
    let SavedRun {
        id,
        name,
        note,
        link,
        created,
    } = run;
    let open = move |_| {
        lab.asked.set(None);
        lab.open_link(&link);
    };
    let asking = {
        let id = id.clone();
        Memo::new(move |_| runs.doubted.with(|doubted| doubted.as_ref() == Some(&id)))
    };
    let ask = {
        let id = id.clone();
        move |_| runs.doubted.set(Some(id.clone()))
    };
    let forget = {
        let id = id.clone();
        Callback::new(move |()| runs.forget(id.clone()))
    };
    let (opens, forgets) = (format!("Open {name}"), format!("Forget {name}"));
    let note = (!note.is_empty()).then(|| view! { <p class="note">{note}</p> });
    view! {
        <li class="line" data-run=id>
            <div>
                <strong><bdi>{name}</bdi></strong>
                {note}
                <p class="quiet">"Saved " {minute(created)}</p>
            </div>
            <div class="line-end">
                <Show
                    when=move || asking.get()
                    fallback=move || {
                        let ask = ask.clone();
                        view! {
                            <button type="button" class="button" data-forget="" aria-label=forgets.clone() on:click=ask>"Forget…"</button>
                        }
                    }
                >
                    <span>"Forget it for good?"</span>
                    <button type="button" class="button" data-forget-now="" on:click=move |_| forget.run(())>"Forget"</button>
                    <button type="button" class="button" on:click=move |_| runs.doubted.set(None)>"Keep"</button>
                </Show>
                <button type="button" class="button" data-open="" aria-label=opens on:click=open>"Open"</button>
            </div>
        </li>
    }
}
