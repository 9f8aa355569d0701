//! The one configuration that stands for all those of which a sweep makes the same trials.

use super::axis::Axis;
use crate::research::parameters::{Kind, Parameter, Value, all, by_id};
use crate::research::run_config::RunConfig;

/// So many combinations are tried for one that makes sense.
pub(super) const LOOKED_AT: u64 = 1_000;

/// The configuration that is varied, with a value of its axis in place of what each axis overwrites: the first combination that
/// makes sense, the last axis changing fastest. So it does not depend on what the swept parameters were, nor on what a choice held
/// that every trial makes anew, and every trial is what it was, to the bit.
///
/// A choice that is swept keeps its value where its own unswept parts were changed, as trials of that value have them. Where none
/// of the first thousand combinations makes sense the configuration stays as it is.
pub(super) fn canonical(base: &RunConfig, axes: &[Axis]) -> RunConfig {
    let kept: Vec<Option<Value>> = axes.iter().map(|axis| kept(base, axis, axes)).collect();
    let count = |(axis, kept): (&Axis, &Option<Value>)| match kept {
        Some(_) => 1,
        None => axis.values.len() as u64,
    };
    let mut counts = axes.iter().zip(&kept).map(count);
    let product = counts.try_fold(1u64, u64::checked_mul);
    let tried = 0..product.unwrap_or(LOOKED_AT).min(LOOKED_AT);
    let combination = |number: u64| {
        let mut left = number;
        let mut values: Vec<Value> = Vec::with_capacity(axes.len());
        for (axis, kept) in axes.iter().zip(&kept).rev() {
            values.push(kept.unwrap_or_else(|| {
                let count = axis.values.len() as u64;
                let value = axis.value(left % count.max(1));
                left /= count.max(1);
                value
            }));
        }
        values.reverse();
        values
    };
    let mut sound = tried.filter_map(|number| {
        let config = set(base, axes, &combination(number), |_| true)?;
        config.validate().is_ok().then_some(config)
    });
    sound.next().unwrap_or(*base)
}

/// A configuration with values on some axes; `None` where one of them has no place.
pub(super) fn set(
    base: &RunConfig,
    axes: &[Axis],
    values: &[Value],
    which: impl Fn(&Axis) -> bool,
) -> Option<RunConfig> {
    let mut config = *base;
    let mut settings: Vec<_> = axes.iter().zip(values).collect();
    // what others are a part of has the lower id
    settings.sort_by_key(|(axis, _)| axis.parameter.id);
    for (axis, value) in settings.into_iter().filter(|(axis, _)| which(axis)) {
        axis.parameter.set(&mut config, *value).ok()?;
    }
    Some(config)
}

/// The value of a swept choice whose unswept parts are not what choosing it makes them, so that trials of that value depend on them.
fn kept(base: &RunConfig, axis: &Axis, axes: &[Axis]) -> Option<Value> {
    let chosen = axis.parameter.get(base)?;
    if !axis.values.contains(&chosen) {
        return None;
    }
    let mut anew = *base;
    let other = another(axis.parameter, chosen)?;
    for value in [other, chosen] {
        axis.parameter.set(&mut anew, value).ok()?;
    }
    let is_swept = |part: &Parameter| axes.iter().any(|axis| axis.parameter.id == part.id);
    let mut parts = all().filter(|part| is_part(part, axis.parameter) && !is_swept(part));
    parts
        .any(|part| part.get(base) != part.get(&anew))
        .then_some(chosen)
}

/// Another value of a choice or a flag.
fn another(parameter: &Parameter, value: Value) -> Option<Value> {
    match (&parameter.kind, value) {
        (Kind::Flag { .. }, Value::Flag(on)) => Some(Value::Flag(!on)),
        (Kind::Choice { choices, .. }, Value::Choice(code)) => {
            let mut others = choices.iter().filter(|choice| choice.code != code);
            others.next().map(|choice| Value::Choice(choice.code))
        }
        _ => None,
    }
}

/// Whether a parameter is a part of another one, or of one of its parts.
fn is_part(part: &Parameter, whole: &Parameter) -> bool {
    let Some(under) = part.under else {
        return false;
    };
    under.id == whole.id || by_id(under.id).is_some_and(|upper| is_part(upper, whole))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::super::spec::{Method, SweepSpec};
    use super::*;
    use crate::research::parameters::named;
    use crate::surface::share;

    fn axes(texts: &[&str]) -> Vec<Axis> {
        let axes = texts.iter().map(|text| Axis::read(text).unwrap());
        axes.collect()
    }

    fn based(settings: &[(&str, &str)]) -> RunConfig {
        let mut config = RunConfig::default();
        for (name, text) in settings {
            let parameter = named(name).unwrap();
            let value = parameter.parse(text).unwrap();
            parameter.choose(&mut config, value).unwrap();
        }
        config
    }

    fn sweep(base: RunConfig, texts: &[&str]) -> SweepSpec {
        SweepSpec::new(base, axes(texts), Method::Grid).unwrap()
    }

    #[test]
    fn what_an_axis_overwrites_is_no_part_of_a_sweep() {
        let texts = ["k_sigma_err=0.2,0.5", "reward_risk_ratio=1:4:1"];
        let one = sweep(based(&[("k_sigma_err", "3")]), &texts);
        let other = sweep(
            based(&[("k_sigma_err", "0.5"), ("reward_risk_ratio", "2.5")]),
            &texts,
        );
        assert_eq!(one, other);
        assert_eq!(one.digest(), other.digest());
        let first = based(&[("k_sigma_err", "0.2"), ("reward_risk_ratio", "1")]);
        assert_eq!(one.base(), &first);
        let command =
            |spec: &SweepSpec| share::command_line("SPY", share::Window::default(), spec.base());
        assert_eq!(command(&one), command(&other));
        // what is not swept counts
        let wider = sweep(based(&[("k_atr_min_tp", "3")]), &texts);
        assert_ne!(one, wider);
        assert_ne!(one.digest(), wider.digest());
        // a combination that makes no sense stands for nothing
        let horizons = sweep(based(&[("horizon_bars", "7")]), &["horizon_bars=1,2,3"]);
        assert_eq!(horizons.base().prediction.horizon_bars, 2);
    }

    #[test]
    fn what_a_swept_choice_held_counts_where_a_trial_has_it() {
        let moved = based(&[("k_sigma_err", "3")]);
        let both = |base| sweep(base, &["strategy=signals,predicted_move"]);
        // trials of the predicted move have its gate
        assert_ne!(both(moved), both(RunConfig::default()));
        assert_eq!(both(moved).config(1).unwrap(), moved);
        // no trial has it where the strategy is another one, or the gate is swept, too
        let signals = |base| sweep(base, &["strategy=signals"]);
        assert_eq!(signals(moved), signals(RunConfig::default()));
        let swept = |base| {
            sweep(
                base,
                &["strategy=signals,predicted_move", "k_sigma_err=0,1"],
            )
        };
        assert_eq!(swept(moved), swept(RunConfig::default()));
        let of_signals = based(&[("strategy", "signals")]);
        assert_eq!(both(of_signals), both(RunConfig::default()));
        // the same of a flag
        let limited = based(&[("limits.rate", "true"), ("limits.rate.window_s", "77")]);
        let both = |base| sweep(base, &["limits.rate=false,true"]);
        assert_ne!(both(limited), both(RunConfig::default()));
        assert_eq!(both(limited).config(1).unwrap(), limited);
        assert_eq!(
            both(based(&[("limits.rate", "true")])),
            both(RunConfig::default())
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
        /// Whatever is swept of whatever configuration: trials are what they are without any change of the base, and the base stays
        /// what it is once it was changed.
        #[test]
        fn trials_are_those_of_the_base_as_it_was_written(
            wanders in proptest::collection::vec((any::<u16>(), any::<u16>()), 0..24),
            picks in proptest::collection::vec(any::<u16>(), 1..5),
        ) {
            let parameters: Vec<&'static Parameter> = all().filter(|one| one.key != "interval").collect();
            let values = |parameter: &'static Parameter| -> Vec<Value> {
                let text = crate::surface::sweeps::proposed_values(parameter);
                Axis::read(&format!("{}={text}", parameter.key)).unwrap().values
            };
            let mut base = RunConfig::default();
            for (which, value) in wanders {
                let parameter = parameters[usize::from(which) % parameters.len()];
                let values = values(parameter);
                parameter.choose(&mut base, values[usize::from(value) % values.len()]).unwrap();
            }
            let mut axes: Vec<Axis> = Vec::new();
            for pick in picks {
                let parameter = parameters[usize::from(pick) % parameters.len()];
                if axes.iter().all(|axis| axis.parameter.id != parameter.id) {
                    let mut values = values(parameter);
                    let turned = usize::from(pick) % values.len();
                    values.rotate_left(turned);
                    values.truncate(3);
                    axes.push(Axis { parameter, values });
                }
            }
            let changed = canonical(&base, &axes);
            assert_eq!(canonical(&changed, &axes), changed);
            let mut combinations = vec![Vec::new()];
            for axis in &axes {
                combinations = axis.values.iter().flat_map(|value| {
                    combinations.iter().map(move |before| {
                        let mut values: Vec<Value> = before.clone();
                        values.push(*value);
                        values
                    })
                }).collect();
            }
            for values in combinations {
                assert_eq!(
                    set(&base, &axes, &values, |_| true),
                    set(&changed, &axes, &values, |_| true)
                );
            }
        }
    }
}
