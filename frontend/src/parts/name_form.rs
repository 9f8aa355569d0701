//! A form that keeps something under a name.

use leptos::prelude::*;

/// The field of a name, with what is asked beside it and the button that keeps.
#[component]
pub(crate) fn NameForm(
    /// The id of the field.
    field: &'static str,
    /// The id of the button.
    button: &'static str,
    /// The class of the form.
    class: &'static str,
    /// What is said before the field.
    label: &'static str,
    /// The button's words.
    press: &'static str,
    /// The most characters of a name.
    most: usize,
    /// The name.
    name: RwSignal<String>,
    /// Whether it can be kept now, once it has a name.
    #[prop(into, default = Signal::stored(true))]
    ready: Signal<bool>,
    /// Keeps it; the name has no blanks around it and is not empty.
    keep: Callback<String>,
    /// What else is asked.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let may = move || name.with(|name| !name.trim().is_empty()) && ready.get();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if untrack(may) {
            keep.run(name.get_untracked().trim().to_owned());
        }
    };
    // what decides is the last line of a long form
    let primary = children.is_some();
    view! {
        <form class=class on:submit=submit>
            <label for=field>{label}</label>
            <input
                class="typed words"
                type="text"
                id=field
                maxlength=most
                autocomplete="off"
                prop:value=move || name.get()
                on:input=move |event| name.set(event_target_value(&event))
            />
            {children.map(|children| children())}
            <button type="submit" class="button" class:primary=primary id=button disabled=move || !may()>{press}</button>
        </form>
    }
}
