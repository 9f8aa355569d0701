//! Workers from the page's side: one that runs, and one that is started anew when it fails.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::worker_scope::Packed;

/// A worker that may fail: another one takes its place, unless two in a row never were ready.
pub(crate) struct Host {
    script: &'static str,
    running: Option<Running>,
    /// Whether the worker has said that it is ready.
    ready: bool,
    /// Workers that failed before they were ready, one after the other.
    stillborn: u32,
}

/// When a worker failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// At work: the next one may do better.
    AtWork,
    /// Before it was ready, which may have been the network.
    Stillborn,
    /// Before it was ready, as the one before.
    Lost,
}

impl Host {
    /// For the worker at `script`, which is not started yet.
    pub(crate) fn new(script: &'static str) -> Self {
        Self {
            script,
            running: None,
            ready: false,
            stillborn: 0,
        }
    }

    /// Starts a worker, see [`Running::start`].
    ///
    /// # Errors
    /// What to say where the browser starts none.
    pub(crate) fn start(
        &mut self,
        hear: impl Fn(&JsValue) + 'static,
        fail: impl Fn(&str) + 'static,
    ) -> Result<(), String> {
        self.ready = false;
        self.running = Some(Running::start(self.script, hear, fail)?);
        Ok(())
    }

    /// The worker said that it is ready.
    pub(crate) fn begin(&mut self) {
        self.ready = true;
        self.stillborn = 0;
    }

    /// Whether it can be given something to do.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }

    /// Takes the worker away that failed.
    pub(crate) fn end(&mut self) -> End {
        if let Some(running) = self.running.take() {
            running.retire();
        }
        let end = match (self.ready, self.stillborn) {
            (true, _) => End::AtWork,
            (false, 0) => End::Stillborn,
            (false, _) => End::Lost,
        };
        self.stillborn = if self.ready { 0 } else { self.stillborn + 1 };
        self.ready = false;
        end
    }

    /// Posts a message, if there is a worker.
    pub(crate) fn post(&self, packed: Packed) {
        if let Some(running) = &self.running {
            running.post(packed);
        }
    }
}

/// A worker and the closures that listen to it; it ends when this is dropped.
pub(crate) struct Running {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Running {
    /// Starts the module at `script`. `hear` gets what it posts, `fail` what it stopped of.
    ///
    /// # Errors
    /// What to say where the browser starts no module workers.
    pub(crate) fn start(
        script: &'static str,
        hear: impl Fn(&JsValue) + 'static,
        fail: impl Fn(&str) + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(script, &options).map_err(|_| {
            "This browser does not start module workers: use a current one.".to_owned()
        })?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            hear(&event.data());
        });
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            fail(&error_text(&event, script));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Posts a message.
    pub(crate) fn post(&self, packed: Packed) {
        if let Ok((parts, transfer)) = packed {
            // it fails only for what cannot be handed on, and buffers and files can
            drop(self.worker.post_message_with_transfer(&parts, &transfer));
        }
    }

    /// Ends it. Its closures go later, because one of them may be what calls.
    pub(crate) fn retire(self) {
        self.worker.terminate();
        wasm_bindgen_futures::spawn_local(async move { drop(self) });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// What an error event says; a script that could not be loaded says nothing.
fn error_text(event: &ErrorEvent, script: &str) -> String {
    let message = js_sys::Reflect::get(event, &"message".into())
        .ok()
        .and_then(|text| text.as_string());
    message
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| format!("{script} could not be loaded."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_never_were_ready_are_the_end() {
        let mut host = Host::new("/worker.js");
        assert_eq!(host.end(), End::Stillborn);
        host.begin();
        assert!(host.is_ready());
        assert_eq!(host.end(), End::AtWork);
        assert!(!host.is_ready());
        assert_eq!(host.end(), End::Stillborn);
        assert_eq!(host.end(), End::Lost);
    }
}
