use std::fs;

use super::*;

/// A working folder `base/sub/deeper` and the way to read the configuration there.
struct House {
    dir: tempfile::TempDir,
    surroundings: Surroundings,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let working_dir = dir.path().join("base/sub/deeper");
        fs::create_dir_all(&working_dir).unwrap();
        let surroundings = Surroundings {
            working_dir,
            ..Surroundings::default()
        };
        Self { dir, surroundings }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    fn file(self, below: &str, text: &str) -> Self {
        fs::write(self.path(below), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        let variables = &mut self.surroundings.variables;
        variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn load(&self, flags: &Flags) -> Result<Loaded, String> {
        load(&self.surroundings, flags).map_err(|error| error.to_string())
    }

    fn loaded(&self) -> Loaded {
        self.load(&Flags::default()).unwrap()
    }

    fn refused(&self) -> String {
        self.load(&Flags::default()).unwrap_err()
    }
}

fn source<'a>(loaded: &'a Loaded, key: &str) -> &'a str {
    let setting = loaded.settings.iter().find(|setting| setting.key == key);
    &setting.unwrap().source
}

#[test]
fn without_any_source_there_are_defaults() {
    let house = House::new();
    let loaded = house.loaded();
    let base = house.path("base/sub/deeper");
    let expected = Config {
        frontend_dir: base.join("dist"),
        base_dir: base,
        port: 8080,
        log_level: LogLevel::Warn,
    };
    assert_eq!(loaded.config, expected);
    assert_eq!(source(&loaded, "port"), "default");
    assert!(source(&loaded, "base_dir").starts_with("the working folder"));
}

#[test]
fn the_nearest_file_upwards_marks_the_base_directory() {
    let house = House::new()
        .file(
            "base/atrium.toml",
            "port = 9001\nfrontend_dir = \"pages\"\n",
        )
        .file("atrium.toml", "port = 1\n");
    let loaded = house.loaded();
    let file = house.path("base/atrium.toml").display().to_string();
    assert_eq!(loaded.config.base_dir, house.path("base"));
    assert_eq!(loaded.config.frontend_dir, house.path("base/pages"));
    assert_eq!(loaded.config.port, 9001);
    assert_eq!(source(&loaded, "port"), file);
    assert_eq!(source(&loaded, "base_dir"), format!("the folder of {file}"));
    assert_eq!(source(&loaded, "log_level"), "default");
}

#[test]
fn variables_win_over_the_file_and_flags_over_variables() {
    let house = House::new()
        .file("base/atrium.toml", "port = 9001\nlog_level = \"error\"\n")
        .variable("ATRIUM_PORT", "9002")
        .variable("LOG_LEVEL", "INFO");
    let loaded = house.loaded();
    assert_eq!(
        (loaded.config.port, loaded.config.log_level),
        (9002, LogLevel::Info)
    );
    assert_eq!(source(&loaded, "port"), "environment variable ATRIUM_PORT");
    assert_eq!(
        source(&loaded, "log_level"),
        "environment variable LOG_LEVEL"
    );
    let house = house
        .variable("ATRIUM_LOG_LEVEL", "debug")
        .variable("ATRIUM_FRONTEND_DIR", " ");
    let flags = Flags {
        port: Some(9003),
        ..Flags::default()
    };
    let loaded = house.load(&flags).unwrap();
    assert_eq!(
        (loaded.config.port, loaded.config.log_level),
        (9003, LogLevel::Debug)
    );
    assert_eq!(source(&loaded, "port"), "flag --port");
    assert_eq!(
        source(&loaded, "log_level"),
        "environment variable ATRIUM_LOG_LEVEL"
    );
    assert_eq!(source(&loaded, "frontend_dir"), "default");
}

#[test]
fn a_base_directory_that_is_named_brings_its_own_file() {
    let house = House::new()
        .file("base/atrium.toml", "port = 9001\n")
        .file("atrium.toml", "port = 9002\n");
    let flags = Flags {
        base_dir: Some("../../..".into()),
        ..Flags::default()
    };
    let loaded = house.load(&flags).unwrap();
    assert_eq!(loaded.config.port, 9002);
    assert!(loaded.config.base_dir.is_absolute());
    assert_eq!(source(&loaded, "base_dir"), "flag --base-dir");
    let elsewhere = house.path("base/sub").display().to_string();
    let house = house.variable("ATRIUM_BASE_DIR", &elsewhere);
    let loaded = house.loaded();
    assert_eq!(
        (loaded.config.port, loaded.config.base_dir),
        (8080, PathBuf::from(elsewhere))
    );
}

#[test]
fn a_front_end_that_is_typed_counts_from_the_working_folder() {
    let house = House::new().file("base/atrium.toml", "frontend_dir = \"pages\"\n");
    let of = |flags: Flags, house: &House| house.load(&flags).unwrap().config.frontend_dir;
    let typed = || Flags {
        frontend_dir: Some("built".into()),
        ..Flags::default()
    };
    assert_eq!(of(typed(), &house), house.path("base/sub/deeper/built"));
    let elsewhere = Flags {
        base_dir: Some(house.path("base")),
        ..typed()
    };
    assert_eq!(of(elsewhere, &house), house.path("base/sub/deeper/built"));
    assert_eq!(of(Flags::default(), &house), house.path("base/pages"));
    let house = house.variable("ATRIUM_FRONTEND_DIR", "mine");
    assert_eq!(
        of(Flags::default(), &house),
        house.path("base/sub/deeper/mine")
    );
}

#[test]
fn a_file_may_name_another_base_directory_relative_to_itself() {
    let house = House::new().file("base/atrium.toml", "base_dir = \"store\"\n");
    let loaded = house.loaded();
    assert_eq!(loaded.config.base_dir, house.path("base/store"));
    assert_eq!(loaded.config.frontend_dir, house.path("base/store/dist"));
    assert_eq!(
        source(&loaded, "base_dir"),
        house.path("base/atrium.toml").display().to_string()
    );
}

#[test]
fn what_is_wrong_is_named_with_its_source() {
    let file = |text: &str| House::new().file("base/atrium.toml", text).refused();
    let unknown = file("prot = 9000\n");
    assert!(
        unknown.contains("unknown key `prot` in ") && unknown.contains("atrium.toml"),
        "{unknown}"
    );
    assert!(
        unknown.contains("base_dir, port, frontend_dir, log_level"),
        "{unknown}"
    );
    let nested = file("[server]\nport = 1\n");
    assert!(nested.contains("unknown key `server`"), "{nested}");
    let syntax = file("port = = 1\n");
    assert!(
        syntax.contains("atrium.toml is not valid TOML") && syntax.contains("line 1"),
        "{syntax}"
    );
    for wrong in [
        "port = \"x\"\n",
        "port = 65536\n",
        "port = -1\n",
        "port = 1.5\n",
    ] {
        let text = file(wrong);
        assert!(
            text.starts_with("port, from ") && text.contains("atrium.toml"),
            "{text}"
        );
        assert!(text.contains("0 to 65535"), "{text}");
    }
    let level = file("log_level = \"loud\"\n");
    assert!(level.contains("\"loud\" is no log level"), "{level}");
    let variable = House::new().variable("ATRIUM_PORT", "http").refused();
    assert!(
        variable.starts_with("port, from environment variable ATRIUM_PORT: "),
        "{variable}"
    );
    let alias = House::new().variable("LOG_LEVEL", "loud").refused();
    assert!(
        alias.starts_with("log_level, from environment variable LOG_LEVEL: "),
        "{alias}"
    );
}

#[test]
fn the_commented_file_of_the_repository_shows_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../atrium.toml");
    let text = fs::read_to_string(path).unwrap();
    let set: String = text
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| KEYS.iter().any(|key| line.starts_with(&format!("{key} ="))))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(set.lines().count(), KEYS.len());
    let plain = House::new().file("base/atrium.toml", &text).loaded();
    let mut uncommented = House::new().file("base/atrium.toml", &set).loaded().config;
    // each house has a folder of its own
    assert!(uncommented.base_dir.ends_with("base"));
    uncommented.base_dir.clone_from(&plain.config.base_dir);
    uncommented
        .frontend_dir
        .clone_from(&plain.config.frontend_dir);
    assert_eq!(uncommented, plain.config);
}
