//! Good and hostile files: the message says what, where and what to do, and the store is as it was.
