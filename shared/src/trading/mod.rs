//! What is done about predictions: the strategy's decision, its size and its risk, the orders, the fills, the account.
//!
//! One [`engine::Engine::step`] serves backtests, sweeps, paper and live trading. This wing never predicts, never calls a
//! model, and never knows whether the venue behind its actions is simulated or real.

pub mod orders;
pub mod portfolio;
pub mod fills;
pub mod costs;
pub mod sizing;
pub mod split;
pub mod policy;
pub mod strategy;
pub mod risk;
pub mod engine;
pub mod sim;
