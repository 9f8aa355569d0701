//! Sessions of every calendar, at the hours and in the weeks where they differ.
