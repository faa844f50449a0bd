use crate::program::Program;
use crate::program::code;
use crate::program::err;
use crate::program::out;
use crate::shared::changed;
use crate::shared::json;

#[test]
fn export_and_import_give_the_mapping_back() {
    let program = Program::new();
    for name in ["uwv/sonar", "gemeente-voorbeeldstad/verwijzing"] {
        let made = program.run(&["mapping", "export", name, "--xlsx", "m.xlsx"]);
        assert_eq!(code(&made), 0, "{}", err(&made));
        let file = format!("terug/{name}.toml");
        program.write(&file, "");
        let read = program.run(&["mapping", "import", "m.xlsx", "--out", &file]);
        assert_eq!(code(&read), 0, "{name}: {}", err(&read));
        let again = program.run(&["mapping", "export", &file, "--xlsx", "n.xlsx"]);
        assert_eq!(code(&again), 0, "{}", err(&again));
        let read_again = program.run(&["mapping", "import", "n.xlsx"]);
        let text = std::fs::read_to_string(program.folder.join(&file)).expect("written");
        assert_eq!(out(&read_again), text, "{name}");
    }
    let none = program.run(&["mapping", "export", "niemand/niets", "--xlsx", "m.xlsx"]);
    assert_eq!(code(&none), 1);
}

#[test]
fn import_tells_what_the_compiler_finds_with_the_cell_and_writes_nothing() {
    let program = Program::new();
    let name = changed(
        &program,
        "aanbieder-a/trajectplan.toml",
        "trajectplan.begindatum",
        "trajectplan.begindatm",
    );
    let made = program.run(&["mapping", "export", &name, "--xlsx", "m.xlsx"]);
    assert_eq!(code(&made), 0, "{}", err(&made));
    let read = program.run(&[
        "--lang", "en", "mapping", "import", "m.xlsx", "--out", "uit.toml",
    ]);
    assert_eq!(code(&read), 1);
    let line = err(&read)
        .lines()
        .find(|line| line.contains("M012"))
        .unwrap_or_default()
        .to_owned();
    assert!(line.starts_with("regels: row "), "{}", err(&read));
    assert!(
        line.contains("(Doel) M012 `trajectplan` has no attribute `begindatm`"),
        "{line}"
    );
    assert!(
        !program.folder.join("uit.toml").exists(),
        "it is not written"
    );
    let told = program.run(&["mapping", "import", "m.xlsx", "--json"]);
    let found = json(&out(&told));
    assert_eq!(
        (&found[0]["code"], &found[0]["blad"]),
        (&"M012".into(), &"regels".into())
    );
    program.write("geen.xlsx", "dit is geen werkmap");
    let refused = program.run(&["mapping", "import", "geen.xlsx"]);
    assert_eq!(code(&refused), 1);
}
