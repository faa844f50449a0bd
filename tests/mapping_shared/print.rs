use super::SCHEMAS;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::mapping::laws;

/// The mapping that a printed one compiles to, alone, with the cases that stand beside it.
fn alone(mapping: &Mapping) -> Library {
    let (org, soort) = mapping.id();
    let cases = format!("{org}/{soort}.cases.toml");
    let mut files = vec![(format!("{org}/{soort}.toml"), mapping.printed().to_owned())];
    if let Some(text) = Library::shipped_file(&cases) {
        files.push((cases, String::from_utf8_lossy(text).into_owned()));
    }
    Library::compile(&files, &SCHEMAS)
        .unwrap_or_else(|found| panic!("{org}/{soort}: {found:#?}\n{}", mapping.printed()))
}

#[test]
fn a_printed_mapping_stands_alone_and_does_the_same() {
    let shipped = Library::shipped(&SCHEMAS).expect("they compile");
    let file = |path: &str| Library::shipped_file(path).map(<[u8]>::to_vec);
    for mapping in shipped.all() {
        let (org, soort) = mapping.id();
        let library = alone(mapping);
        let again = library.get(org, soort).expect("it was compiled");
        assert_eq!(again.cases().len(), mapping.cases().len());
        assert_eq!(again.check_cases(&file), [], "{org}/{soort}");
        assert_eq!(again.rules(), mapping.rules());
        assert_eq!(again.wire(), mapping.wire());
        assert!(laws::check(again, &SCHEMAS, 11, 20).is_ok());
        assert_eq!(again.printed(), mapping.printed(), "{org}/{soort}");
    }
}

#[test]
fn a_printed_mapping_takes_nothing_over_any_more() {
    let shipped = Library::shipped(&SCHEMAS).expect("they compile");
    for mapping in shipped.all() {
        for word in ["include =", "extends =", "replace =", " table = "] {
            assert!(
                !mapping.printed().contains(word),
                "{:?} {word}",
                mapping.id()
            );
        }
        let rules = mapping.printed().matches("[[rule").count();
        assert_eq!(mapping.printed().matches("# from ").count(), rules);
    }
}
