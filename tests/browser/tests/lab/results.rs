//! What is told of a run that stands: sheets, trades, single decisions, fill conventions, comparison, signals of one's own.

use serde_json::{Value, json};

use super::barriers::assert_no_barriers;
use super::files::Files;
use super::support::{Page, STUDENTS, Server};
use super::{assert_equals_command_line, digest, metric, slide};

/// The number in a cell of a table: the row by its name, the column counted from the one after the names.
fn cell(page: &Page, table: &str, row: &str, column: usize) -> Option<f64> {
    let value = page.script(&format!(
        "const rows = [...document.querySelectorAll('[data-table=\"{table}\"] tbody tr')];
         const row = rows.find(row => row.querySelector('th').textContent.trim() === '{row}');
         return row?.querySelectorAll('td')[{column}]?.dataset.value ?? null;"
    ));
    value.as_str()?.parse().ok()
}

/// Waits until the run that is shown is told of.
fn told(page: &Page) {
    page.settled();
    page.until("document.querySelector('#backtest').dataset.study === 'done'");
}

fn open_tab(page: &Page, key: &str) {
    page.click(&format!("#tab-{key}"));
    page.until(&format!(
        "document.querySelector('#sheet').dataset.sheet === '{key}' && document.querySelector('#sheet .told, #sheet .remarks')"
    ));
}

fn no_overflow(page: &Page, state: &str) {
    let overflow = page.text("document.documentElement.scrollWidth - window.innerWidth");
    assert_eq!(overflow, "0", "{state}");
}

#[test]
fn sheets_tell_what_the_command_line_tells_and_keys_reach_them() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    told(&page);
    let report = server.report(&["--data", "SIM"]);
    let reported = |path: &str| {
        let stat = report.pointer(path).unwrap();
        let value = stat.get("value").unwrap_or(stat);
        Some(value.as_f64().unwrap())
    };
    for (table, row, column, path) in [
        ("run", "Sharpe", 0, "/metrics/risk/sharpe"),
        ("run", "Total return", 1, "/benchmark/total_return"),
        ("run", "Beta", 0, "/metrics/benchmark/beta"),
        ("costs", "Commission", 0, "/metrics/costs/commission"),
    ] {
        assert_eq!(cell(&page, table, row, column), reported(path), "{row}");
    }
    assert_eq!(
        cell(&page, "run", "Max drawdown", 0),
        metric(&page, "max_drawdown")
    );
    assert_no_barriers(&page, "metrics");
    page.keep_picture("sheet-metrics-light-1440");
    // a definition is a focus away
    page.script("document.querySelector('[data-table=run] tbody th .term').scrollIntoView({block: 'center'});");
    // a page that still scrolls closes it
    page.until(
        "(term => { const open = document.getElementById('bubble'); if (!open) { term.blur(); term.focus({preventScroll: true}); } return open; })
         (document.querySelector('[data-table=run] tbody th .term'))",
    );
    page.script("document.getElementById('tab-metrics').focus();");
    for key in ["returns", "excursions", "drawdowns", "warnings"] {
        page.press("\u{e014}");
        page.until(&format!(
            "document.activeElement.id === 'tab-{key}' && document.querySelector('#sheet').dataset.sheet === '{key}'"
        ));
        page.until("document.querySelector('#sheet .told, #sheet .remarks')");
        assert_no_barriers(&page, key);
        page.keep_picture(&format!("sheet-{key}-light-1440"));
    }
    let warned = page.text("document.querySelector('#sheet').innerText");
    assert!(warned.contains("SIMULATED"), "{warned}");
    // months, and their like, read without colour
    open_tab(&page, "returns");
    let months = page.script(
        "return [...document.querySelectorAll('[data-table=months] td[data-heat]')].map(cell => cell.textContent);",
    );
    let months = months.as_array().unwrap();
    assert!(months.len() > 12);
    let signed = |text: &Value| text.as_str().unwrap().starts_with(['+', '\u{2212}', '0']);
    assert!(months.iter().all(signed), "{months:?}");
    let sessions: f64 = page
        .script("return [...document.querySelectorAll('[data-table=distribution-table] tbody tr td:nth-child(2)')].reduce((sum, cell) => sum + Number(cell.dataset.value), 0);")
        .as_f64()
        .unwrap();
    assert!(sessions > 200.0, "{sessions}");
    // a drawdown moves the chart
    open_tab(&page, "drawdowns");
    let before = page.text("document.getElementById('chart').dataset.visibleRange");
    assert_eq!(
        page.text("document.querySelector('[data-table=drawdowns] tbody td').dataset.value")
            .parse::<f64>()
            .ok(),
        metric(&page, "max_drawdown")
    );
    page.click("[data-table=drawdowns] .row-button");
    page.until(&format!(
        "document.getElementById('chart').dataset.visibleRange !== '{before}'"
    ));
    // numbers follow the parameters
    open_tab(&page, "metrics");
    slide(&page, "k_atr_min_tp", "0.5");
    told(&page);
    let report = server.report(&["--data", "SIM", "--k-atr-min-tp", "0.5"]);
    assert_eq!(
        cell(&page, "run", "Sortino", 0),
        report
            .pointer("/metrics/risk/sortino/value")
            .and_then(Value::as_f64)
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn sheets_fit_every_width_in_light_and_dark() {
    let server = Server::start(None);
    for (width, dark) in [(390, true), (900, false), (390, false)] {
        let page = Page::open(&server, width, dark);
        told(&page);
        for key in [
            "metrics",
            "returns",
            "excursions",
            "drawdowns",
            "warnings",
            "band",
            "compare",
        ] {
            open_tab(&page, key);
            no_overflow(&page, &format!("{key} at {width}"));
            page.script("document.querySelector('.results').scrollIntoView();");
            page.keep_picture(&format!("sheet-{key}-{width}-{dark}"));
        }
        assert_no_barriers(&page, &format!("{width}"));
    }
}

#[test]
fn trades_are_sorted_filtered_and_only_those_in_sight_exist() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.settled();
    slide(&page, "k_sigma_err", "0");
    slide(&page, "k_atr_min_tp", "0.1");
    told(&page);
    let many = metric(&page, "trades").unwrap();
    assert!(many > 100.0, "{many}");
    let rows = "document.querySelectorAll('.trades tbody tr:not(.spacer)').length";
    assert!(page.text(rows).parse::<f64>().unwrap() < 60.0);
    let count = "document.querySelector('.trades table').getAttribute('aria-rowcount')";
    assert_eq!(page.text(count), format!("{}", many + 1.0));
    page.script(
        "const body = document.querySelector('.table-window'); body.scrollTop = body.scrollHeight;",
    );
    let last = format!(
        "[...document.querySelectorAll('.trades tbody tr:not(.spacer):not([hidden])')].at(-1).getAttribute('aria-rowindex') === '{}'",
        many + 1.0
    );
    page.until(&last);
    // by net profit, the largest first
    let profit = "[...document.querySelectorAll('.trades .sort')].at(-1)";
    page.script(&format!("{profit}.click(); {profit}.click();"));
    page.until(&format!("{profit}.closest('th').ariaSort === 'descending'"));
    let first = "document.querySelector('.trades tbody tr:not(.spacer) td:last-child').textContent";
    let best = cell_text(&page, "trades-by-side", "Best trade");
    page.until(&format!("{first} === '{best}'"));
    // Enter shows the trade on the chart
    let before = page.text("document.getElementById('chart').dataset.visibleRange");
    page.script("document.querySelector('.trades .row-button').focus();");
    page.press("\u{e007}");
    page.until("document.querySelector('.trades tr[data-chosen]')");
    page.until(&format!(
        "document.getElementById('chart').dataset.visibleRange !== '{before}'"
    ));
    // only short ones that lost
    page.script(
        "for (const [id, value] of [['filter-side', 'short'], ['filter-result', 'lost']]) {
           const chooser = document.getElementById(id); chooser.value = value;
           chooser.dispatchEvent(new Event('change', {bubbles: true})); }",
    );
    page.until(&format!("Number({count}) < {many}"));
    let shown = page.script(
        "return [...document.querySelectorAll('.trades tbody tr:not(.spacer):not([hidden])')].map(row => [row.children[1].textContent, row.dataset.outcome]);",
    );
    let shown = shown.as_array().unwrap();
    assert!(
        !shown.is_empty() && shown.iter().all(|row| *row == json!(["▼ Short", "lost"])),
        "{shown:?}"
    );
    page.script(
        "const field = document.getElementById('filter-text'); field.value = 'nothing like it';
         field.dispatchEvent(new Event('input', {bubbles: true}));",
    );
    page.until("document.querySelector('.no-trades .button')");
    // what the head of a scrolled page half covers is no finding
    page.script("scrollTo(0, 0);");
    assert_no_barriers(&page, "no trade passes");
    page.keep_picture("trades-filtered-1440");
    page.click(".no-trades .button");
    page.until(&format!("{count} === '{}'", many + 1.0));
}

fn cell_text(page: &Page, table: &str, row: &str) -> String {
    page.text(&format!(
        "[...document.querySelectorAll('[data-table=\"{table}\"] tbody tr')].find(row => row.querySelector('th').textContent.trim() === '{row}').querySelector('td').textContent"
    ))
}

#[test]
fn a_bar_tells_why_and_a_forced_trade_is_told_as_what_it_is() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    told(&page);
    let run = digest(&page, "run");
    let place = page.script(
        "const box = document.getElementById('chart').getBoundingClientRect();
         return [Math.round(box.left + box.width * 0.3), Math.round(box.top + box.height * 0.4)];",
    );
    let at = |index: usize| place.get(index).and_then(Value::as_i64).unwrap();
    let move_to = |x: i64| json!({"type": "pointerMove", "duration": 20, "x": x, "y": at(1)});
    let (down, up) = (
        json!({"type": "pointerDown", "button": 0}),
        json!({"type": "pointerUp", "button": 0}),
    );
    // a drag asks nothing, a click does
    page.script("document.getElementById('chart').focus();");
    page.press("+");
    page.point(
        "mouse",
        &[json!([move_to(at(0)), down, move_to(at(0) + 60), up])],
    );
    assert_eq!(page.text("document.getElementById('why') === null"), "true");
    page.point("mouse", &[json!([move_to(at(0)), down, up])]);
    page.until("document.querySelector('#why [data-table=decision]')");
    let bar: usize = page
        .text("document.getElementById('why').dataset.bar")
        .parse()
        .unwrap();
    let report = server.report(&["--data", "SIM"]);
    assert!((bar as u64) < report.get("bars").and_then(Value::as_u64).unwrap());
    let told_there = page.text("document.getElementById('why').innerText");
    for words in ["Prediction", "Error gate", "ATR gate", "Equity"] {
        assert!(told_there.contains(words), "{words}: {told_there}");
    }
    page.keep_picture("why-light-1440");
    assert_no_barriers(&page, "why");
    // what the command line says of the same bar
    let stamp = page.text("document.querySelector('#why-title .quiet').textContent");
    let time = format!(
        "{}Z",
        stamp.trim_end_matches(" UTC").trim().replace(' ', "T")
    );
    let said = server.atrium(&["explain", "--data", "SIM", "--at", &time]);
    let verdict = page.text("document.querySelector('#why .remarks li').textContent");
    assert!(said.contains(verdict.trim()), "{verdict} is not in {said}");
    // a trade is forced: the run stays what it was
    while page
        .text("document.querySelector('#why .remarks li').textContent")
        .contains("position")
    {
        let at = page.text("document.getElementById('why').dataset.bar");
        page.click("#why [aria-label=\"The bar after\"]");
        page.until(&format!("document.getElementById('why').dataset.bar !== '{at}' && document.querySelector('#why .remarks li')"));
    }
    page.script("document.querySelectorAll('#why .force button')[0].click();");
    page.until("document.querySelector('#why [data-counterfactual] [data-table=forced-headline]')");
    let forced = page.text("document.querySelector('#why .forced').innerText");
    assert!(forced.contains("COUNTERFACTUAL"), "{forced}");
    assert_eq!(digest(&page, "run"), run);
    page.keep_picture("forced-light-1440");
    assert_no_barriers(&page, "forced");
    // by keys: from the chart into the panel, to the next bar, and back
    page.script("document.getElementById('chart').focus();");
    page.press("\u{e00c}");
    page.until("!document.getElementById('why')");
    page.press("\u{e007}");
    page.until("document.activeElement.id === 'why'");
    let first = page.text("document.getElementById('why').dataset.bar");
    page.press("\u{e012}");
    page.until(&format!(
        "document.getElementById('why').dataset.bar !== '{first}'"
    ));
    page.until("document.querySelector('#why .remarks li')");
    page.press("\u{e00c}");
    page.until("document.activeElement.id === 'chart' && !document.getElementById('why')");
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn every_fill_convention_at_once_with_finer_bars() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, true);
    page.settled();
    slide(&page, "k_sigma_err", "0");
    slide(&page, "k_atr_min_tp", "0.2");
    told(&page);
    open_tab(&page, "band");
    page.until("document.querySelector('[data-table=band]')");
    let row = [0, 1, 2, 3, 4, 5].map(|column| cell(&page, "band", "Total return", column).unwrap());
    let [low, high, pessimistic, optimistic, path, refined] = row;
    for value in [pessimistic, optimistic, path, refined] {
        assert!(low <= value && value <= high, "{row:?}");
    }
    assert!(low < high, "{row:?}");
    assert_eq!(Some(pessimistic), metric(&page, "total_return"));
    let gates = ["--k-sigma-err", "0", "--k-atr-min-tp", "0.2"];
    let by_path = server.report(
        &[
            &["--data", "SIM", "--set", "fills.intrabar=path"],
            &gates[..],
        ]
        .concat(),
    );
    assert_eq!(
        by_path
            .pointer("/metrics/returns/total_return/value")
            .and_then(Value::as_f64),
        Some(path)
    );
    assert_no_barriers(&page, "band");
    page.keep_picture("band-dark-1440");
    let before = page.text("document.getElementById('chart').dataset.visibleRange");
    page.click("[data-table=flips] .row-button");
    page.until(&format!(
        "document.getElementById('chart').dataset.visibleRange !== '{before}'"
    ));
}

#[test]
fn pinned_runs_stand_side_by_side_and_can_be_gone_back_to() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    told(&page);
    let first = digest(&page, "run");
    page.click("#pin");
    page.until("document.getElementById('pin').ariaDisabled === 'true'");
    slide(&page, "reward_risk_ratio", "3");
    told(&page);
    open_tab(&page, "compare");
    page.until("document.querySelector('[data-table=compared-metrics]')");
    let values = page.script(
        "return [...document.querySelectorAll('[data-table=compared-configurations] tbody tr')].map(row => [...row.children].map(cell => cell.textContent.trim()));",
    );
    assert_eq!(values.as_array().map(Vec::len), Some(1), "{values}");
    let texts = values.pointer("/0").unwrap();
    assert!(
        texts.get(1).unwrap().as_str().unwrap().starts_with('2'),
        "{texts}"
    );
    assert!(
        texts.get(2).unwrap().as_str().unwrap().starts_with('3'),
        "{texts}"
    );
    assert_eq!(
        cell(&page, "compared-metrics", "Total return", 1),
        metric(&page, "total_return")
    );
    assert_no_barriers(&page, "comparison");
    page.keep_picture("compare-light-1440");
    // four at most
    for value in ["2.5", "1.5"] {
        page.click("#pin");
        slide(&page, "reward_risk_ratio", value);
        told(&page);
    }
    page.click("#pin");
    page.until("document.querySelectorAll('.pins li').length === 4");
    slide(&page, "reward_risk_ratio", "4");
    told(&page);
    assert_eq!(
        page.text("document.getElementById('pin').ariaDisabled"),
        "true"
    );
    // back to the first, then it is let go
    page.click(".pins li button");
    page.until(&format!(
        "document.querySelector('[data-digest=run]').dataset.full === '{first}'"
    ));
    told(&page);
    page.script("document.querySelectorAll('.pins li button')[1].click();");
    page.until("document.querySelectorAll('.pins li').length === 3 && document.getElementById('pin').ariaDisabled !== 'true'");
}

/// A file of signals for the bars of the sample: long at every seventh, flat three bars later.
fn signals(page: &Page, server: &Server) -> String {
    let report = server.report(&["--data", "SIM"]);
    assert_eq!(
        digest(page, "run"),
        report
            .pointer("/digests/run")
            .and_then(Value::as_str)
            .unwrap()
    );
    let trades = report.get("round_trips").and_then(Value::as_array).unwrap();
    let mut file = "time,side,size\n".to_owned();
    let sides = ["long", "short", "flat"].into_iter().cycle();
    for (trade, side) in trades.iter().zip(sides) {
        let at = trade.get("entry_at").and_then(Value::as_str).unwrap();
        let size = if side == "flat" { "" } else { "10" };
        file += &format!("{at},{side},{size}\n");
    }
    file
}

#[test]
fn signals_of_ones_own_run_here_as_on_the_command_line_and_nothing_leaves() {
    let server = Server::start(None);
    let files = Files::new();
    let page = Page::open(&server, 1440, false);
    told(&page);
    let before = digest(&page, "run");
    let good = files.write("mine.csv", signals(&page, &server));
    let bad = files.write("bad.csv", "time,side\n2024-01-02T15:30:00Z,up\n");
    page.requests();
    let choose = |path: &std::path::Path| {
        let element = page.command(
            "element",
            &json!({"using": "css selector", "value": "#own-file"}),
        );
        let id = element
            .as_object()
            .and_then(|object| object.values().next())
            .and_then(Value::as_str)
            .unwrap()
            .to_owned();
        page.command(
            &format!("element/{id}/value"),
            &json!({"text": path.to_str().unwrap()}),
        );
    };
    choose(&bad);
    page.until("document.querySelector('[data-signals=refused]')");
    let said = page.text("document.querySelector('[data-signals]').textContent");
    assert!(
        said.contains("line 2") && said.contains("bad.csv"),
        "{said}"
    );
    assert_eq!(digest(&page, "run"), before, "what was traded goes on");
    assert_no_barriers(&page, "bad signals");
    choose(&good);
    page.until("document.querySelector('[data-signals=traded]')?.textContent.includes('signals')");
    page.until(&format!(
        "document.querySelector('[data-digest=run]').dataset.full !== '{before}'"
    ));
    told(&page);
    let report = server.report(&["--data", "SIM", "--signals", good.to_str().unwrap()]);
    assert!(metric(&page, "trades").unwrap() > 0.0);
    assert_equals_command_line(&page, &report);
    page.keep_picture("signals-light-1440");
    assert_no_barriers(&page, "signals");
    // other bars: the file is read for them anew
    page.click("#interval input[value=\"30min\"]");
    told(&page);
    let report = server.report(&[
        "--data",
        "SIM",
        "--interval",
        "30min",
        "--signals",
        good.to_str().unwrap(),
    ]);
    assert_equals_command_line(&page, &report);
    page.click("#interval input[value=\"60min\"]");
    told(&page);
    for (method, address, body) in page.asked() {
        assert!(method == "GET" && !body, "{method} {address}");
    }
    page.click("#drop-signals");
    page.until(&format!(
        "document.querySelector('[data-digest=run]').dataset.full === '{before}'"
    ));
    assert_eq!(
        page.text("document.querySelector('[data-signals]') === null"),
        "true"
    );
    // dropped on the page
    page.script(
        "const transfer = new DataTransfer(); transfer.items.add(new File(['time,side\\nyesterday,long\\n'], 'dropped.csv'));
         document.getElementById('backtest').dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer}));",
    );
    page.until(
        "document.querySelector('[data-signals=refused]')?.textContent.includes('dropped.csv')",
    );
    assert_eq!(page.console(), Vec::<String>::new());
}

#[test]
fn what_tells_of_runs_is_started_anew_when_it_fails() {
    let server = Server::start(None);
    let page = Page::open(&server, 1440, false);
    page.on_each_load(STUDENTS);
    page.command("refresh", &json!({}));
    told(&page);
    page.script("window.students.at(-1).dispatchEvent(new ErrorEvent('error', {message: 'made by a test'}));");
    page.until("document.querySelector('.sheet-trouble')?.textContent.includes('made by a test')");
    page.until("window.students.length === 2");
    page.keep_picture("study-failed-light-1440");
    slide(&page, "leverage", "3");
    told(&page);
    assert_eq!(
        page.text("document.querySelector('.sheet-trouble') === null"),
        "true"
    );
    assert_eq!(
        cell(&page, "run", "Total return", 0),
        metric(&page, "total_return")
    );
}
