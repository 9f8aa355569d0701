use atrium_shared::base::time::BarInterval;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::research::backtest::{Backtest, Prepared, backtest};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::surface::report::DataReference;

use super::*;
use crate::testing::set;

struct Run {
    prepared: Prepared,
    run: Backtest,
    report: RunReport,
}

fn made(days: i32, minutes: u32, change: impl FnOnce(&mut RunConfig)) -> Run {
    let mut config = RunConfig {
        interval: BarInterval::minutes(minutes),
        ..RunConfig::default()
    };
    change(&mut config);
    let set = set("SIM", days, 1);
    let cut = resample(&set.bars, config.interval, Calendar::Nyse).unwrap();
    let prepared = Prepared::new(cut.bars, config.prediction).unwrap();
    let run = backtest(&prepared, &set.instrument, &config).unwrap();
    let data = DataReference {
        data_set: "SIM-1min".to_owned(),
        instrument: set.instrument,
        simulated: true,
        actions: atrium_shared::market::actions::Actions::default(),
    };
    let report = RunReport::new(data, config, &prepared, &run);
    Run {
        prepared,
        run,
        report,
    }
}

impl Run {
    fn png(&self, look: Look) -> Vec<u8> {
        let picture = Picture {
            report: &self.report,
            bars: self.prepared.bars(),
            equity: &self.run.equity,
            benchmark: &self.run.benchmark.equity,
        };
        png(&picture, look).unwrap()
    }
}

/// Red, green and blue of every pixel.
fn decoded(bytes: &[u8]) -> Vec<[u8; 3]> {
    let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    let mut reader = decoder.read_info().unwrap();
    let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut buffer).unwrap();
    assert_eq!((info.width, info.height), SIZE);
    assert_eq!(info.color_type, png::ColorType::Rgb);
    buffer.as_chunks().0.to_vec()
}

/// The share of pixels that differ from a colour.
fn share_beside(pixels: &[[u8; 3]], colour: [u8; 3]) -> f64 {
    let other = pixels.iter().filter(|pixel| **pixel != colour).count();
    other as f64 / pixels.len() as f64
}

#[test]
fn a_picture_has_its_size_and_shows_its_run() {
    let run = made(150, 60, |_| {});
    assert!(!run.run.trades.is_empty());
    let light = run.png(Look::Light);
    assert_eq!(run.png(Look::Light), light, "the same run, the same bytes");
    let pixels = decoded(&light);
    let drawn = share_beside(&pixels, [255; 3]);
    assert!((0.05..0.5).contains(&drawn), "{drawn}");
    let dark = decoded(&run.png(Look::Dark));
    let drawn = share_beside(&dark, [0x0f, 0x11, 0x14]);
    assert!((0.05..0.5).contains(&drawn), "{drawn}");
    // nothing reaches the margins
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    let margin = pixels.iter().enumerate().filter(|(at, _)| {
        let (x, y) = (at % width, at / width);
        x < 40 || x >= width - 40 || y < 40 || y >= height - 20
    });
    assert!(
        margin
            .map(|(_, pixel)| *pixel)
            .all(|pixel| pixel == [255; 3])
    );
    let text = String::from_utf8_lossy(&light);
    assert!(text.contains(&run.report.digests.run.to_string()));
    assert!(text.contains("SIM-1min (simulated)"));
}

#[test]
fn another_run_is_another_picture() {
    let one = decoded(&made(60, 60, |_| {}).png(Look::Light));
    let changes: [fn(&mut RunConfig); 2] = [
        |config| config.sizing.leverage = 3.0,
        |config| config.costs.commission = atrium_shared::trading::costs::Commission::None,
    ];
    for change in changes {
        let other = decoded(&made(60, 60, change).png(Look::Light));
        let differing = one.iter().zip(&other).filter(|(a, b)| a != b).count();
        assert!(differing > 1_000, "{differing}");
    }
}

#[test]
fn a_run_of_any_length_can_be_drawn() {
    // one bar; a run without trades; more trades than can be told apart
    for run in [
        made(1, 390, |_| {}),
        made(40, 60, |config| {
            config.strategy.predicted_move_mut().unwrap().k_atr_min_tp = 50.0;
        }),
        made(120, 1, |config| {
            let strategy = config.strategy.predicted_move_mut().unwrap();
            (strategy.k_atr_min_tp, strategy.k_sigma_err) = (0.0, 0.0);
        }),
    ] {
        let drawn = share_beside(&decoded(&run.png(Look::Light)), [255; 3]);
        assert!(drawn > 0.01, "{drawn}");
    }
}
