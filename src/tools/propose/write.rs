use crate::canonical::Kind;
use crate::document::Charset;
use crate::document::FixedWire;
use crate::document::Wire;
use crate::tools::propose::Asked;
use crate::tools::propose::Proposed;
use crate::tools::propose::field::Sample;
use crate::tools::propose::fixed::Layout;
use crate::tools::toml::key;
use crate::tools::toml::quoted;
use std::fmt::Write;

/// A file, and on which line each rule in it begins.
pub(super) struct Written {
    pub text: String,
    /// The line, and the place of the rule among those that were proposed.
    pub rules: Vec<(u32, Vec<usize>)>,
}

/// The file of a proposed mapping.
pub(super) fn file(
    asked: &Asked,
    main: Kind,
    sample: &Sample<'_>,
    wire: &Wire,
    lines: &[Proposed],
) -> Written {
    let mut out = Out {
        text: String::new(),
        lines: 1,
        rules: Vec::new(),
        positions: sample.layout.is_some(),
    };
    out.line("# Een voorstel, gemaakt uit een voorbeeld. Lees elke regel na; wat niet zeker genoeg is staat als commentaar.");
    out.line("[mapping]");
    out.line(&format!("organisatie = {}", quoted(&asked.organisatie)));
    out.line(&format!("soort       = {}", quoted(&asked.soort)));
    out.line("titel       = \"Voorstel uit een voorbeeld\"");
    out.line("status      = \"voorstel [ASM]\"");
    out.line("direction   = \"in\"");
    out.line(&format!("format      = \"{}\"", format(wire)));
    out.line(&format!("main        = \"{main}\""));
    out.line("");
    own_table(&mut out, sample, wire);
    for (index, line) in lines.iter().enumerate() {
        rule(&mut out, line, &[index], "[[rule]]", "", false);
    }
    Written {
        text: out.text,
        rules: out.rules,
    }
}

struct Out {
    text: String,
    /// The number of the line that comes next.
    lines: u32,
    rules: Vec<(u32, Vec<usize>)>,
    /// Whether a field is named by its positions.
    positions: bool,
}

impl Out {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.lines += 1;
    }
}

const fn format(wire: &Wire) -> &'static str {
    match wire {
        // nobody is proposed an envelope
        Wire::Xml(_) | Wire::Enveloped(_) => "xml",
        Wire::Json => "json",
        Wire::Csv(_) => "csv",
        Wire::Excel => "excel",
        Wire::Fixed(_) => "fixed",
    }
}

fn own_table(out: &mut Out, sample: &Sample<'_>, wire: &Wire) {
    out.line(&format!("[{}]", format(wire)));
    match wire {
        Wire::Csv(csv) => {
            out.line(&format!(
                "delimiter = {}",
                quoted(&char::from(csv.delimiter).to_string())
            ));
            if csv.encoding == Charset::Windows1252 {
                out.line("encoding  = \"windows-1252\"");
            }
            if !csv.crlf {
                out.line("line_end  = \"lf\"");
            }
        }
        Wire::Excel => {
            if let Some(sheet) = &sample.sheet {
                out.line(&format!("sheet = {}", quoted(sheet)));
            }
        }
        Wire::Xml(_) => {
            out.line(&format!("root       = {}", quoted(&sample.root)));
            if !sample.element.is_empty() {
                out.line(&format!("element    = {}", quoted(&sample.element)));
            }
            let spaces = sample.namespaces.iter();
            let spaces: Vec<String> = spaces
                .map(|(prefix, uri)| format!("{} = {}", key(prefix), quoted(uri)))
                .collect();
            if !spaces.is_empty() {
                out.line(&format!("namespaces = {{ {} }}", spaces.join(", ")));
            }
        }
        Wire::Json => out.line(&format!("element = {}", quoted(&sample.element))),
        Wire::Fixed(wire) => {
            if let Some(layout) = &sample.layout {
                fixed(out, layout, wire);
            }
        }
        Wire::Enveloped(_) => {}
    }
    if sample.headless {
        out.line("# Dit voorbeeld heeft geen rij met koppen, en een mapping vindt haar kolommen aan hun koppen. Vraag de");
        out.line("# organisatie om een kopregel, en zet die koppen hieronder bij `source`.");
    }
    if sample.hidden > 0 {
        let hidden = sample.hidden;
        out.line(&format!(
            "# {hidden} namen in het voorbeeld lijken zelf gegevens te zijn en staan hier niet."
        ));
    }
}

/// How lines of fixed width are made up, and how sure that is.
fn fixed(out: &mut Out, layout: &Layout, wire: &FixedWire) {
    let (certainty, records) = (layout.certainty, layout.records);
    out.line(&format!(
        "# zekerheid {certainty}%: velden zijn gesplitst waar een positie in alle {records} bekeken regels leeg is."
    ));
    out.line("# Velden die tegen elkaar staan zijn hier één veld: splits ze zelf, met de beschrijving van het bestand ernaast.");
    out.line(&format!("record_length = {}", layout.length));
    if wire.encoding != Charset::Utf8 {
        out.line("encoding      = \"windows-1252\"");
    }
    if !wire.crlf {
        out.line("line_end      = \"lf\"");
    }
    for (key, start) in [
        ("header       ", &layout.header),
        ("trailer      ", &layout.trailer),
    ] {
        if let Some(start) = start {
            out.line(&format!("{key} = {}", quoted(start)));
        }
    }
}

/// A rule with how sure it is above it; as a comment where it is not sure enough, or stands in such a rule.
fn rule(
    out: &mut Out,
    line: &Proposed,
    place: &[usize],
    header: &str,
    indent: &str,
    within_comment: bool,
) {
    let taken = line.taken && !within_comment;
    let mark = if taken { "" } else { "# " };
    out.line("");
    let mut why = format!("{indent}# zekerheid {}%", line.certainty);
    if line.target.is_none() {
        why = format!("{indent}# geen attribuut gevonden");
    }
    for (index, (name, percent)) in line.candidates.iter().enumerate() {
        let word = if index == 0 { "; ook mogelijk: " } else { ", " };
        // writing to a text cannot fail
        let _ = write!(why, "{word}{name} {percent}%");
    }
    if let Some(named) = &line.contradicted {
        // writing to a text cannot fail
        let _ = write!(
            why,
            "; de naam wijst op {named}, maar de waarden zien er anders uit"
        );
    }
    out.line(&why);
    if taken {
        out.rules.push((out.lines, place.to_vec()));
    }
    out.line(&format!("{indent}{mark}{header}"));
    if out.positions {
        out.line(&format!("{indent}{mark}position = {}", line.source));
    } else {
        out.line(&format!("{indent}{mark}source = {}", quoted(&line.source)));
    }
    if let Some(letters) = &line.column {
        out.line(&format!("{indent}{mark}column = {}", quoted(letters)));
    }
    let target = line.target.as_deref().unwrap_or_default();
    out.line(&format!("{indent}{mark}target = {}", quoted(target)));
    if let Some(codec) = &line.codec {
        out.line(&format!("{indent}{mark}codec  = {codec}"));
        if line.loose {
            out.line(&format!("{indent}{mark}invalid = \"keep\"  # niet elke waarde van het voorbeeld heeft deze vorm"));
        }
    }
    for (index, part) in line.parts.iter().enumerate() {
        let place: Vec<usize> = place.iter().copied().chain([index]).collect();
        let inner = format!("{indent}  ");
        rule(out, part, &place, "[[rule.rule]]", &inner, !taken);
    }
}
