"""The runs that are pinned: configurations with the field names of the program's own JSON."""

COMMISSION = {"per_share": {"rate": 0.005, "minimum": 1.0, "cap_fraction": 0.01}}
DEAR_MINIMUM = {"per_share": {"rate": 0.005, "minimum": 8.0, "cap_fraction": 0.01}}
DEAR_SHARES = {"per_share": {"rate": 0.6, "minimum": 0.35, "cap_fraction": 0.001}}


def configuration(
    interval="60min",
    source="drift",
    target="open",
    horizon=4,
    k_sigma=0.5,
    k_atr=0.5,
    ratio=2.0,
    side="both",
    anchor="decision",
    sigma="error",
    risk=0.01,
    leverage=1.0,
    commission=COMMISSION,
    equity=10_000.0,
):
    """One configuration; what a run does not name has the default above."""
    return {
        "interval": interval,
        "prediction": {"source": source, "target": target, "horizon_bars": horizon},
        "strategy": {
            "predicted_move": {
                "k_sigma_err": k_sigma,
                "k_atr_min_tp": k_atr,
                "reward_risk_ratio": ratio,
                "side": side,
                "level_anchor": anchor,
                "sigma": sigma,
            }
        },
        "sizing": {"risk_per_trade": risk, "leverage": leverage, "gap_buffer": 0.01},
        "costs": {"commission": commission},
        "initial_equity": equity,
    }


def configurations():
    """Name and configuration of every run."""
    c = configuration
    free = "none"
    return {
        # the defaults of strategy.md section 3 and what changes one of them
        "defaults, drift": c(k_atr=1.5),
        "defaults, sma_cross": c(source="sma_cross", k_atr=1.5),
        "no gates": c(k_sigma=0.0, k_atr=0.0),
        "sigma gate alone": c(k_sigma=0.25, k_atr=0.0),
        "sigma gate at one": c(k_sigma=1.0, k_atr=0.0, horizon=12),
        "sigma from ATR": c(k_sigma=1.0, k_atr=0.0, sigma="atr"),
        "both gates, long horizon": c(k_sigma=0.5, k_atr=1.0, horizon=12),
        "target close": c(target="close", horizon=3),
        "target close of the next bar": c(target="close", horizon=1, k_sigma=0.0, k_atr=0.0),
        "shortest horizon": c(horizon=2, k_sigma=0.0, k_atr=0.25),
        # levels
        "even odds": c(source="sma_cross", ratio=1.0),
        "wide stop": c(source="sma_cross", ratio=0.5, risk=0.02, leverage=4.0),
        "narrow stop": c(ratio=3.0, k_sigma=0.25, k_atr=0.25),
        "anchored at the fill": c(anchor="fill", k_sigma=0.0, k_atr=0.25, horizon=6),
        "anchored at the fill, sma_cross": c(source="sma_cross", anchor="fill", ratio=3.0, k_sigma=0.0),
        "tiny moves, stops of few ticks": c(horizon=2, ratio=3.0, k_sigma=0.0, k_atr=0.0, risk=0.0002, leverage=10.0),
        # sides
        "long only": c(source="sma_cross", side="long_only", k_sigma=0.25),
        "short only": c(source="sma_cross", side="short_only", k_sigma=0.25),
        "long only, drift": c(side="long_only", k_sigma=0.25, horizon=8),
        "short only, drift": c(side="short_only", k_sigma=0.25, horizon=8),
        # sizes and costs
        "smallest risk": c(source="sma_cross", risk=0.0002),
        "half the equity": c(k_sigma=0.0, k_atr=0.25, leverage=0.5),
        "sized by risk": c(k_sigma=0.0, k_atr=0.5, risk=0.005, leverage=10.0, horizon=10),
        "the cap wins over the minimum": c(k_sigma=0.0, k_atr=0.25, risk=0.0005, commission=DEAR_MINIMUM),
        "the cap wins over the rate": c(source="sma_cross", leverage=4.0, commission=DEAR_SHARES),
        "no costs": c(k_sigma=0.0, k_atr=0.25, commission=free, leverage=4.0),
        "250 with leverage 1 buys nothing": c(k_sigma=0.0, k_atr=0.25, equity=250.0),
        "250 with leverage 10": c(k_sigma=0.0, k_atr=0.25, equity=250.0, risk=0.02, leverage=10.0),
        "250 without costs": c(k_sigma=0.0, k_atr=0.25, equity=250.0, risk=0.02, leverage=4.0, commission=free),
        "ruin": c(source="sma_cross", k_sigma=0.0, k_atr=0.0, risk=1.0, leverage=400.0, equity=1_000.0),
        # other intervals
        "15min, defaults": c(interval="15min", k_atr=1.5),
        "15min, sma_cross": c(interval="15min", source="sma_cross", k_sigma=0.25, k_atr=1.0, leverage=4.0),
        "15min, target close": c(interval="15min", target="close", horizon=5, k_sigma=0.25, k_atr=0.5, ratio=1.0),
        "15min, anchored at the fill": c(interval="15min", anchor="fill", horizon=12, k_sigma=0.5, k_atr=1.0, ratio=0.5),
        "15min, no gates, no costs": c(interval="15min", k_sigma=0.0, k_atr=0.0, commission=free, risk=0.005),
        "5min": c(interval="5min", horizon=12, k_sigma=0.5, k_atr=1.5, leverage=10.0, commission=free),
        "30min": c(interval="30min", source="sma_cross", ratio=3.0, k_sigma=0.25),
        "240min": c(interval="240min", source="sma_cross", k_sigma=0.0, risk=0.02),
        "1day": c(interval="1day", k_sigma=0.0, k_atr=0.25, horizon=5),
    }
