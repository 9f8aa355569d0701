//! The command line and the server of Atrium.
