//! A server and a browser of a test's own, on free loopback ports, ended when the test ends.

#[path = "driver.rs"]
mod driver;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;

use driver::Driver;

/// How long a page may take to do what is waited for, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What workers and the server answer comes by chance up to `LAG` milliseconds late, each worker's words in their order: a test
/// that does not wait for what it reads soon fails, and not rarely and elsewhere.
const LATE: &str = "{
    const wait = window.setTimeout.bind(window), lag = () => new Promise(done => wait(done, Math.random() * LAG));
    const Before = Worker, fetched = window.fetch.bind(window);
    window.Worker = class extends Before {
      #spoken = Promise.resolve(); #ended = false;
      set onmessage(act) {
        super.onmessage = act && (event => {
          this.#spoken = this.#spoken.then(lag).then(() => { if (!this.#ended) act.call(this, event); });
        });
      }
      get onmessage() { return super.onmessage; }
      terminate() { this.#ended = true; super.terminate(); }
    };
    window.fetch = async (...all) => { const answer = await fetched(...all); await lag(); return answer; };
  }";

/// `window.students` are the workers that tell of runs and read signals, the one that does so now the last.
pub(crate) const STUDENTS: &str = "window.students = []; const Before = Worker;
    window.Worker = class extends Before { constructor(...all) {
      super(...all); if (String(all[0]).includes('study')) window.students.push(this); } };";

/// How late what a page waits for (`PAGE`), or a test's next step (`TEST`), may come, as `ATRIUM_LAG_PAGE` and `ATRIUM_LAG_TEST`
/// say in milliseconds; without them neither is late.
fn lag_of(whose: &str) -> Option<Duration> {
    let value = std::env::var(format!("ATRIUM_LAG_{whose}")).ok()?;
    let wanted = value.parse().map(Duration::from_millis);
    Some(wanted.unwrap_or_else(|_| panic!("ATRIUM_LAG_{whose} is {value:?}, not milliseconds")))
}

/// A path that `cargo xtask test` passes.
pub(crate) fn from_environment(name: &str) -> PathBuf {
    let value = std::env::var_os(name);
    PathBuf::from(value.unwrap_or_else(|| {
        panic!("{name} is not set: run these tests by `cargo xtask test --only browser`")
    }))
}

/// A file of the real market data, `None` where the folder is absent and need not be there.
pub(crate) fn test_data(file: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("ATRIUM_TEST_DATA")
        .map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var_os("ATRIUM_REQUIRE_TEST_DATA").is_some_and(|value| value == "1");
    assert!(
        !required,
        "{} is absent, but ATRIUM_REQUIRE_TEST_DATA is 1",
        path.display()
    );
    // standard output itself: the test harness would keep a `println!` to itself
    let note = format!(
        "SKIPPED a browser test that needs {file}: set ATRIUM_TEST_DATA to the folder that holds it\n"
    );
    std::io::stdout().write_all(note.as_bytes()).unwrap();
    None
}

/// A child process that ends with the test.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // it may have ended already, which is what is wanted
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A store of its own and the server on it.
pub(crate) struct Server {
    base: TempDir,
    process: Option<Process>,
    port: u16,
    /// The address of the page.
    pub(crate) address: String,
}

impl Server {
    /// Imports a file, if one is given, and serves.
    pub(crate) fn start(import: Option<(&Path, &str)>) -> Self {
        let base = TempDir::new().unwrap();
        let mut server = Self {
            base,
            process: None,
            port: 0,
            address: String::new(),
        };
        if let Some((file, symbol)) = import {
            server.atrium(&["import", file.to_str().unwrap(), "--symbol", symbol]);
        }
        server.serve(free_port());
        server
    }

    fn serve(&mut self, port: u16) {
        let dist = from_environment("ATRIUM_FRONTEND_DIST");
        let mut command = self.command();
        let command = command
            .args(["serve", "--port", &port.to_string(), "--frontend-dir"])
            .arg(dist)
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        self.process = Some(Process(child));
        self.port = port;
        self.address = line
            .trim()
            .strip_prefix("Atrium is at ")
            .unwrap_or_else(|| panic!("it said {line:?}"))
            .to_owned();
    }

    /// Serves again at the same address.
    pub(crate) fn start_again(&mut self) {
        self.serve(self.port);
    }

    /// Stores bars of a coin of small prices, made here: what the instrument's units are is told from the shared sample.
    pub(crate) fn import_coin(&self) {
        self.import_coin_from(1_711_411_200);
    }

    /// The same from another second of the epoch on, the start of a minute.
    pub(crate) fn import_coin_from(&self, first: i64) {
        let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
        for minute in 0i64..6_000 {
            let wave = |at: i64| 8_000 + (at * 37) % 101 + (at / 60 * 53) % 407;
            let (open, close) = (wave(minute), wave(minute + 1));
            let price = |units: i64| format!("0.{units:05}");
            let (high, low) = (open.max(close) + 3, open.min(close) - 3);
            text += &format!(
                "{},{},{},{},{},0.4\n",
                first + minute * 60,
                price(open),
                price(high),
                price(low),
                price(close)
            );
        }
        let file = self.base.path().join("coin.csv");
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let units = ["--tick-size", "0.00001", "--lot-size", "0.000001"];
        self.atrium(
            &[
                &["import", file, "--symbol", "COIN", "--crypto"],
                &units[..],
            ]
            .concat(),
        );
    }

    fn command(&self) -> Command {
        let mut command = Command::new(from_environment("ATRIUM_BIN"));
        command
            .arg("--base-dir")
            .arg(self.base.path())
            .current_dir(self.base.path());
        command
    }

    /// Runs the command line on this store and gives its standard output.
    pub(crate) fn atrium(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// The report of a run by the command line.
    pub(crate) fn report(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.atrium(&[&["backtest", "--json"], arguments].concat())).unwrap()
    }

    /// The folder that the store is in.
    pub(crate) fn folder(&self) -> &Path {
        self.base.path()
    }

    /// Ends the server, as a user would who closes its terminal.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }
}

/// A browser window on a page of a server, by the WebDriver protocol.
pub(crate) struct Page {
    driver: Driver,
}

impl Page {
    /// Opens the page of a server in a fresh profile, `width` pixels wide, in a colour scheme.
    pub(crate) fn open(server: &Server, width: u32, dark: bool) -> Self {
        let page = Self {
            driver: Driver::start(),
        };
        let scheme = if dark { "dark" } else { "light" };
        page.devtools(
            "Emulation.setEmulatedMedia",
            &json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
        let height = if width < 600 { 844 } else { 900 };
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        page.devtools("Emulation.setDeviceMetricsOverride", &size);
        // what an engine is told and tells is its own; that there is one is seen here
        let watch = "window.workers = []; const Plain = Worker;
            window.Worker = class extends Plain { constructor(...all) {
              super(...all); if (String(all[0]).includes('engine')) window.workers.push(this); } };";
        page.on_each_load(watch);
        if let Some(lag) = lag_of("PAGE") {
            page.on_each_load(&LATE.replace("LAG", &lag.as_millis().to_string()));
        }
        page.command("url", &json!({"url": server.address}));
        page
    }

    /// Has a script run before those of every document that is loaded.
    pub(crate) fn on_each_load(&self, script: &str) {
        let source = json!({"source": script});
        self.devtools("Page.addScriptToEvaluateOnNewDocument", &source);
    }

    /// Shows the page on a screen of `scale` pixels for each CSS pixel.
    pub(crate) fn on_screen(&self, width: u32, height: u32, scale: f64) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// The name under which a screen reader knows an element.
    pub(crate) fn accessible_name(&self, selector: &str) -> String {
        let wanted = json!({"using": "css selector", "value": selector});
        let element = self.command("element", &wanted);
        let id = element
            .as_object()
            .and_then(|object| object.values().next())
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{selector}: {element}"));
        let name = self.driver.get(&format!("element/{id}/computedlabel"));
        name.as_str().unwrap().to_owned()
    }

    /// Pointers that each do their actions, at the same time.
    pub(crate) fn point(&self, kind: &str, pointers: &[Value]) {
        let source = |(index, actions): (usize, &Value)| json!({"type": "pointer", "id": format!("{kind}{index}"), "parameters": {"pointerType": kind}, "actions": actions});
        let sources: Vec<Value> = pointers.iter().enumerate().map(source).collect();
        self.command("actions", &json!({"actions": sources}));
    }

    /// Moves the mouse to a place of the window.
    pub(crate) fn hover(&self, (x, y): (i64, i64)) {
        self.point(
            "mouse",
            &[json!([{"type": "pointerMove", "duration": 0, "x": x, "y": y}])],
        );
    }

    /// Presses a key on what has the focus.
    pub(crate) fn press(&self, key: &str) {
        let actions = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let keys = json!({"type": "key", "id": "keys", "actions": actions});
        self.command("actions", &json!({"actions": [keys]}));
    }

    /// Presses a key while Shift is held.
    pub(crate) fn press_with_shift(&self, key: &str) {
        self.press_holding(&["\u{e008}"], key);
    }

    /// Presses a key while Ctrl, and Shift if wanted, are held.
    pub(crate) fn press_with_ctrl(&self, key: &str, shift: bool) {
        let held = ["\u{e009}", "\u{e008}"];
        self.press_holding(held.get(..1 + usize::from(shift)).unwrap_or_default(), key);
    }

    fn press_holding(&self, held: &[&str], key: &str) {
        let act = |kind: &str, key: &str| json!({"type": kind, "value": key});
        let mut actions: Vec<Value> = held.iter().map(|key| act("keyDown", key)).collect();
        actions.extend([act("keyDown", key), act("keyUp", key)]);
        actions.extend(held.iter().map(|key| act("keyUp", key)));
        let keys = json!({"type": "key", "id": "keys", "actions": actions});
        self.command("actions", &json!({"actions": [keys]}));
    }

    /// Opens another tab on an address and goes on in it; the handles of the one before and of this one.
    pub(crate) fn other_tab(&self, address: &str) -> [String; 2] {
        let before = self.driver.get("window");
        let opened = self.command("window/new", &json!({"type": "tab"}));
        let handles = [Some(&before), opened.get("handle")]
            .map(|handle| handle.and_then(Value::as_str).unwrap().to_owned());
        self.go_to_tab(&handles[1]);
        self.command("url", &json!({"url": address}));
        handles
    }

    /// Goes on in a tab.
    pub(crate) fn go_to_tab(&self, handle: &str) {
        self.command("window", &json!({"handle": handle}));
    }

    /// A command of the session; its value.
    pub(crate) fn command(&self, path: &str, body: &Value) -> Value {
        self.try_command(path, body)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn try_command(&self, path: &str, body: &Value) -> Result<Value, ureq::Error> {
        if let Some(lag) = lag_of("TEST") {
            // the clock's last digits: it need not be more by chance than that
            let part = UNIX_EPOCH.elapsed().unwrap().subsec_micros() % 1_000;
            std::thread::sleep(lag * part / 1_000);
        }
        self.driver.post(path, body)
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) {
        self.command(
            "goog/cdp/execute",
            &json!({"cmd": command, "params": parameters}),
        );
    }

    /// Runs a script in the page.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.try_script(script)
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    fn try_script(&self, script: &str) -> Result<Value, ureq::Error> {
        self.try_command("execute/sync", &json!({"script": script, "args": []}))
    }

    /// The value of an expression in the page, as text.
    pub(crate) fn text(&self, expression: &str) -> String {
        match self.script(&format!("return {expression};")) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    /// Waits until an expression holds in the page.
    pub(crate) fn until(&self, expression: &str) {
        self.try_until(&format!("return !!({expression});"), expression);
    }

    /// Clicks on an element by its selector, as soon as it is there and may be used.
    pub(crate) fn click(&self, selector: &str) {
        let element = Value::from(selector);
        let script = format!(
            "const element = document.querySelector({element}); if (!element || element.matches(':disabled, [aria-disabled=true]')) return false;
             element.click(); return true;"
        );
        self.try_until(&script, selector);
    }

    /// Runs a script until it gives true. What fails for want of what it speaks of is not there yet.
    fn try_until(&self, script: &str, wanted: &str) {
        let since = Instant::now();
        loop {
            let given = self.try_script(script);
            if matches!(given, Ok(Value::Bool(true))) {
                return;
            }
            if since.elapsed() > PATIENCE {
                let page = self.text("document.body.innerText");
                panic!(
                    "{wanted} did not come true: {given:?}; console: {:?}; the page says:\n{page}",
                    self.console()
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Loads the page anew and waits until the old one is gone.
    pub(crate) fn reload(&self) {
        self.script("window.before = true; location.reload();");
        self.until("!window.before");
    }

    /// Waits until what was done is drawn: a frame may ask for one more.
    pub(crate) fn drawn(&self) {
        let frames = "const [done] = arguments; let left = 3;
            const next = () => { left -= 1; left > 0 ? requestAnimationFrame(next) : done(); }; requestAnimationFrame(next);";
        self.command("execute/async", &json!({"script": frames, "args": []}));
    }

    /// Waits until no run is under way or waiting.
    pub(crate) fn settled(&self) {
        // what comes late is there as well, or will not come
        self.until("document.querySelector('#backtest')?.dataset.state === 'done' && document.querySelector('[data-digest=run], #half')");
    }

    /// Presses the mouse on the knob of a slider and drags it by a number of pixels, as a hand does.
    pub(crate) fn drag_slider(&self, name: &str, by: i64) {
        let place = self.script(&format!(
            "const slider = document.getElementById('{name}'); slider.scrollIntoView({{block: 'center'}});
             const box = slider.getBoundingClientRect();
             const share = (slider.value - slider.min) / (slider.max - slider.min);
             return [Math.round(box.left + 8 + share * (box.width - 16)), Math.round(box.top + box.height / 2)];"
        ));
        let at = |index: usize| place.get(index).and_then(Value::as_i64).unwrap();
        let move_to = |offset: i64| json!({"type": "pointerMove", "duration": 16, "x": at(0) + offset, "y": at(1)});
        let mut actions = vec![move_to(0), json!({"type": "pointerDown", "button": 0})];
        actions.extend((1..=8).map(|part| move_to(by * part / 8)));
        actions.push(json!({"type": "pointerUp", "button": 0}));
        let mouse = json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions});
        self.command("actions", &json!({"actions": [mouse]}));
    }

    /// Every address that was asked for since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        let asked = self.asked().into_iter();
        asked.map(|(_, address, _)| address).collect()
    }

    /// Every request since the last call: method, address, and whether it had a body.
    pub(crate) fn asked(&self) -> Vec<(String, String, bool)> {
        let log = self.command("se/log", &json!({"type": "performance"}));
        let message = |entry: &Value| -> Option<Value> {
            serde_json::from_str(entry.get("message")?.as_str()?).ok()
        };
        let request = |entry: &Value| {
            let message = message(entry)?;
            let sent = message.pointer("/message/method")? == "Network.requestWillBeSent";
            let request = message.pointer("/message/params/request")?;
            let text = |key| Some(request.get(key)?.as_str()?.to_owned());
            let body = request.get("hasPostData").is_some();
            sent.then_some((text("method")?, text("url")?, body))
        };
        log.as_array().unwrap().iter().filter_map(request).collect()
    }

    /// Errors and warnings that the browser's console shows since the last call.
    pub(crate) fn console(&self) -> Vec<String> {
        let log = self.command("se/log", &json!({"type": "browser"}));
        let serious = |entry: &&Value| {
            entry
                .get("level")
                .is_some_and(|level| level == "SEVERE" || level == "WARNING")
        };
        log.as_array()
            .unwrap()
            .iter()
            .filter(serious)
            .map(ToString::to_string)
            .collect()
    }

    /// Keeps a picture of the page in `screenshots`, beside the folder of the server's binary.
    pub(crate) fn keep_picture(&self, name: &str) {
        let picture = self.driver.get("screenshot");
        let bytes = BASE64.decode(picture.as_str().unwrap()).unwrap();
        let target = from_environment("ATRIUM_BIN")
            .parent()
            .and_then(Path::parent)
            .unwrap()
            .join("screenshots");
        std::fs::create_dir_all(&target).unwrap();
        std::fs::write(target.join(format!("{name}.png")), bytes).unwrap();
    }
}

/// A port for a server. It is none of those that the system gives to whoever asks for any: a server that is stopped and started
/// again finds its own free.
fn free_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let begin = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    (0..2_000)
        .map(|_| begin + TAKEN.fetch_add(1, Ordering::Relaxed) % 2_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}
