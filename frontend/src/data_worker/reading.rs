use super::Desk;
use super::kept::Kept;
use crate::data_protocol::{Answer, Take, Taken};
use atrium_shared::market::intake::Reading;
use std::cell::RefCell;
use std::rc::Rc;
pub(super) async fn preview(_: &Rc<RefCell<Desk>>, _: u64, _: Reading) -> Result<Answer, String> {
    Err(String::new())
}
pub(super) async fn take(_: &Rc<RefCell<Desk>>, _: u64, _: Take) -> Result<(Kept, Taken), String> {
    Err(String::new())
}
