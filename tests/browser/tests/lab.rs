//! The lab in headless Chromium against the real server.
