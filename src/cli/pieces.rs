//! Files of rows that are read in pieces: at no moment more of them is held than a piece, whatever their length.
//!
//! A file is gone through more than once, because what stands at its end says something of its beginning: whether it is
//! text in the agreed encoding, whether a quotation mark is closed, whether a BSN comes again with other content. First
//! all of it is looked at ([`Survey`]); then its elements are told and written, as they come. A workbook is gone through
//! by a process of its own, each time once more.

use crate::adapters::CsvRows;
use crate::adapters::Limits;
use crate::adapters::PIECE;
use crate::cli::passing::Keeping;
use crate::cli::passing::Passing;
use crate::cli::passing::Reads;
use crate::cli::read;
use crate::cli::read::FileError;
use crate::cli::read::unread;
use crate::cli::report::Reading;
use crate::cli::report::name;
use crate::cli::rows::RowWriter;
use crate::cli::source::Source;
use crate::cli::told::Failure;
use crate::document::CsvWire;
use crate::document::Fault;
use crate::document::Place;
use crate::document::Sentence;
use crate::document::Wire;
use crate::isolation::Rows;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Envelope;
use crate::mapping::Mapping;
use crate::pipeline::Bsns;
use crate::pipeline::check_elements;
use crate::pipeline::judged_apart;
use crate::tools::COPIED_MAX;
use crate::tools::Keeper;
use crate::tools::Outcome;
use serde_json::Value as Json;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::path::Path;

/// What a command was given.
pub(super) enum Input<'a> {
    /// To be read in pieces.
    Pieces(Box<Pieces<'a>>),
    /// The bytes of what is read at once.
    Whole(Vec<u8>),
}

/// A file that is read in pieces.
pub(super) struct Pieces<'a> {
    source: Source,
    reading: Reading<'a>,
    limits: Limits,
    survey: Survey,
    /// Whether a copy is wanted of the rows that something is said of.
    copy: bool,
}

/// What all of a file says of it.
#[derive(Default)]
struct Survey {
    envelope: Envelope,
    /// What is wrong with the file as a whole.
    faults: Vec<Fault>,
    /// Elements that can be taken.
    taken: usize,
    bsns: Bsns,
    /// Whether the gateway takes this in parts only.
    exceeds: bool,
    /// Whether it is too long to be copied as a whole.
    long: bool,
}

/// Whether a file is more than a message may be, and whether it is too long to be copied; or why it cannot be read.
type Extent = Result<(bool, bool), Vec<Fault>>;

impl<'a> Input<'a> {
    /// Opens a file: to be read in pieces where it is CSV or a workbook with elements that are judged apart, what comes of
    /// it can be written as it comes, and no copy of all of it is wanted (of one that is not too long a workbook is).
    pub(super) async fn open(
        reading: Reading<'a>,
        by_rows: bool,
        copy: bool,
    ) -> Result<Self, Failure> {
        let mapping = reading.mapping;
        let has_rows = mapping.table().is_some() || mapping.book().is_some();
        if !by_rows || !has_rows || !judged_apart(mapping) {
            return Ok(Self::Whole(read::take(reading.path)?));
        }
        let mut pieces = Pieces::open(reading, copy).await?;
        if !copy || pieces.survey.exceeds || pieces.survey.long {
            return Ok(Self::Pieces(Box::new(pieces)));
        }
        let mut bytes = Vec::new();
        pieces.source.reader()?.read_to_end(&mut bytes)?;
        Ok(Self::Whole(bytes))
    }
}

impl<'a> Pieces<'a> {
    async fn open(reading: Reading<'a>, copy: bool) -> Result<Self, Failure> {
        let message = reading.config.limits();
        let mut limits = if *reading.mapping.wire() == Wire::Excel {
            message.workbook_in_pieces()
        } else {
            message.in_pieces()
        };
        let opened = Source::open(reading.path, &mut limits);
        let source = opened.map_err(FileError::of(reading.path))?;
        let mut pieces = Self {
            source,
            reading,
            limits,
            survey: Survey::default(),
            copy,
        };
        pieces.look().await?;
        Ok(pieces)
    }

    /// Looks at all of it.
    async fn look(&mut self) -> Result<(), Failure> {
        let mut bsns = Bsns::default();
        let mut fit = 0;
        let look = |elements: Vec<Element>| {
            for element in &elements {
                bsns.see(element);
                fit += usize::from(!element.faults.iter().any(Fault::refuses));
            }
            Ok(())
        };
        self.survey = self.go_through(look).await?;
        self.survey.taken = fit - bsns.refused();
        self.survey.bsns = bsns;
        if self.survey.faults.iter().any(Fault::refuses) {
            self.survey.taken = 0;
            self.survey.envelope = Envelope::default();
        } else if self.survey.exceeds {
            self.survey.faults.push(in_parts());
        }
        Ok(())
    }

    /// What would become of it.
    pub(super) async fn judge(&mut self) -> Result<Outcome, Failure> {
        let mut outcome = self.judged().await?;
        self.keep(&mut outcome).await?;
        Ok(outcome)
    }

    async fn judged(&mut self) -> Result<Outcome, Failure> {
        self.take(|elements, outcome| {
            outcome.add_all(elements);
            Ok(())
        })
        .await
    }

    /// Goes through it once more, for the rows that something is said of.
    async fn keep(&mut self, outcome: &mut Outcome) -> Result<(), Failure> {
        let mapping = self.reading.mapping;
        let keeper = Keeper::new(outcome, mapping).filter(|_| self.copy);
        let Some(keeper) = keeper else {
            return Ok(());
        };
        let mut keeping = Keeping::new(keeper, mapping);
        // of what cannot be read there is nothing to copy
        if self.pass(&mut keeping).await?.is_ok() {
            keeping.end(outcome);
        }
        Ok(())
    }

    /// How many elements are taken, and what the envelope says.
    pub(super) const fn taken(&self) -> (usize, &Envelope) {
        (self.survey.taken, &self.survey.envelope)
    }

    /// Writes what is taken of it by another mapping, to a file or to standard output. The head says what the document
    /// says of itself, with everything in it.
    pub(super) async fn convert(
        &mut self,
        to: &Mapping,
        head: &Json,
        path: &Path,
    ) -> Result<Outcome, Failure> {
        let mut outcome = self.converted(to, head, path).await?;
        self.keep(&mut outcome).await?;
        Ok(outcome)
    }

    async fn converted(
        &mut self,
        to: &Mapping,
        head: &Json,
        path: &Path,
    ) -> Result<Outcome, Failure> {
        if self.survey.taken == 0 {
            return self.judged().await;
        }
        let mut context = head.clone();
        if *to.wire() != Wire::Json {
            // How much of it the format takes is known at the end.
            let mut nowhere = std::io::sink();
            let (outcome, fit) = self.write(to, head, head, &mut nowhere).await?;
            if fit == 0 {
                return Ok(outcome);
            }
            context["aantal"] = fit.into();
        }
        let mut out = read::writer(path)?;
        let (outcome, _) = self.write(to, head, &context, &mut out).await?;
        out.flush()?;
        Ok(outcome)
    }

    async fn write(
        &mut self,
        to: &Mapping,
        head: &Json,
        context: &Json,
        out: &mut dyn Write,
    ) -> Result<(Outcome, usize), Failure> {
        let mut writer = RowWriter::new(to, head, context, self.survey.taken, out);
        let write = |elements: Vec<Element>, outcome: &mut Outcome| {
            let (taken, numbers) = outcome.add_all(elements);
            outcome.lacks(writer.write(&taken, &numbers)?);
            outcome.leave_out(&writer.left_out());
            Ok(())
        };
        let mut outcome = self.take(write).await?;
        let (count, lacking) = writer.end()?;
        outcome.lacks(lacking);
        Ok((outcome, count))
    }

    /// Goes through the elements, those with one BSN and different content refused.
    async fn take(
        &mut self,
        mut each: impl FnMut(Vec<Element>, &mut Outcome) -> Result<(), Failure>,
    ) -> Result<Outcome, Failure> {
        let survey = std::mem::take(&mut self.survey);
        let reference = survey.envelope.reference.clone();
        let file = name(self.reading.path);
        let mut outcome = Outcome::new(file, reference, survey.faults.clone());
        if outcome.is_refused() {
            self.survey = survey;
            return Ok(outcome);
        }
        let judge = |mut elements: Vec<Element>| {
            survey.bsns.refuse(&mut elements);
            each(elements, &mut outcome)
        };
        let gone = self.go_through(judge).await;
        self.survey = survey;
        gone?;
        let tally = outcome.tally();
        if tally.taken + tally.left_out != self.survey.taken {
            return Err(changed().into());
        }
        Ok(outcome)
    }

    /// Reads it from its beginning, piece by piece. What it gives says nothing of BSNs.
    async fn go_through(
        &mut self,
        mut each: impl FnMut(Vec<Element>) -> Result<(), Failure>,
    ) -> Result<Survey, Failure> {
        let Reading {
            mapping, schemas, ..
        } = self.reading;
        let mut survey = Survey::default();
        let mut take = |decoded: Decoded| {
            let Decoded {
                envelope,
                mut elements,
                faults,
                ..
            } = decoded;
            check_elements(mapping, &mut elements, schemas);
            survey.envelope.complete(envelope);
            survey.faults.extend(faults);
            each(elements)
        };
        let mut reads = Reads::new(mapping, &mut take);
        let read = match self.pass(&mut reads).await? {
            Ok(extent) => reads.end().map(|()| Ok(extent))?,
            Err(faults) => Err(faults),
        };
        match read {
            Ok((exceeds, long)) => (survey.exceeds, survey.long) = (exceeds, long),
            // Of a file that cannot be read nothing is said but why.
            Err(faults) => {
                survey = Survey {
                    faults,
                    ..Survey::default()
                }
            }
        }
        mapping.veil(&mut survey.faults);
        Ok(survey)
    }

    /// Gives its rows from its beginning, piece by piece.
    async fn pass(&mut self, to: &mut impl Passing) -> Result<Extent, Failure> {
        match self.reading.mapping.wire() {
            Wire::Csv(wire) => self.text(wire, to),
            Wire::Excel => self.workbook(to).await,
            _ => Err(no_rows().into()),
        }
    }

    fn text(&mut self, wire: &CsvWire, to: &mut impl Passing) -> Result<Extent, Failure> {
        let mut rows = CsvRows::new(wire, &self.limits);
        let mut source = self.source.reader()?;
        let mut piece = vec![0; PIECE];
        loop {
            match source.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => to.rows(None, rows.push(&piece[..length]))?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        match rows.end() {
            Ok(rest) => to.rows(None, rest)?,
            Err(faults) => return Ok(Err(faults)),
        }
        let (message, copied) = extents(&self.reading);
        Ok(Ok((rows.exceeds(&message), rows.exceeds(&copied))))
    }

    async fn workbook(&mut self, to: &mut impl Passing) -> Result<Extent, Failure> {
        let reader = match read::workbooks(self.reading.config) {
            Ok(reader) => reader,
            Err(faults) => return Ok(Err(faults)),
        };
        let (length, source) = self.source.waiting()?;
        let mut workbook = match reader.open(source, length, &self.limits).await {
            Ok(workbook) => workbook,
            Err(error) => return Ok(Err(unread(error))),
        };
        let names = workbook.sheets().to_vec();
        let sheets = to.sheets(&names, workbook.hidden());
        if let Err(error) = workbook.choose(&sheets).await {
            return Ok(Err(unread(error)));
        }
        loop {
            match workbook.next().await {
                Ok(Some(Rows { sheet, rows })) => to.rows(Some((sheet, &names[sheet])), rows)?,
                Ok(None) => break,
                Err(error) => return Ok(Err(unread(error))),
            }
        }
        let (message, copied) = extents(&self.reading);
        Ok(Ok((workbook.exceeds(&message), workbook.exceeds(&copied))))
    }
}

/// How much a message may be, and how much of one is copied.
fn extents(reading: &Reading<'_>) -> (Limits, Limits) {
    let message = reading.config.limits();
    let copied = Limits {
        nodes: message.nodes.min(COPIED_MAX),
        ..message.clone()
    };
    (message, copied)
}

fn in_parts() -> Fault {
    Fault::remark(
        "bestand.in-delen",
        Place::Whole,
        "Dit bestand is groter dan een bericht aan de gateway mag zijn. Stuur het daarheen in delen.",
        "This file is larger than a message to the gateway may be. Send it there in parts.",
    )
}

fn changed() -> Sentence {
    Sentence::new(
        "het bestand is veranderd terwijl het gelezen werd",
        "the file changed while it was read",
    )
}

/// Rows were given to what reads none.
pub(super) fn no_rows() -> Sentence {
    Sentence::new(
        "deze mapping leest geen rijen",
        "this mapping does not read rows",
    )
}
