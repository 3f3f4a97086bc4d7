"""The command line. Reads the settings, and imports each heavy part only in the command that needs it."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import backup_cli, feedback_cli, report_cli
from app.errors import BriefwijzerError, DocumentError, IndexBusyError, NoIndexError, StoreAwayError
from app.keys_cli import keys_cli
from app.versions_cli import versions_cli

if TYPE_CHECKING:
    from app.evaluation import EvaluationQuestion
    from app.passages import SourceState
    from app.service import Reading
    from app.settings import Settings

cli = typer.Typer(
    name="briefwijzer",
    help="Answers questions about policy letters and the sources they link to, with citations that can be checked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.add_typer(versions_cli, name="versions")
CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", help="Folder with sources.toml. [BRIEFWIJZER_CORPUS_DIR, corpus]")
]
IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index. [BRIEFWIJZER_INDEX_DIR, index]")
]

_WAIT_FOR_FIRST_S = 1800


def main() -> None:
    """Run the command line; an error that a user can do something about is one line and exit status 1."""
    try:
        cli()
    except BriefwijzerError as error:
        _err(f"briefwijzer: {error}")
        sys.exit(1)


def _err(text: str) -> None:
    sys.stderr.write(text + "\n")


def _settings(**given: object) -> "Settings":
    from app.settings import Settings

    return Settings.load(**given)


@cli.command()
def ingest(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch the sources' addresses first.")] = False,
    model: Annotated[str | None, typer.Option("--model", help="Embedding model. [BRIEFWIJZER_EMBEDDING_MODEL]")] = None,
    wait: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for another ingest.")] = 2,
) -> None:
    """Bring the index up to date with the corpus. After a roll back, let go of the version that was chosen.

    With --refresh, which runs by schedule, that version stays.
    """
    settings = _settings(corpus_dir=corpus, index_dir=index, embedding_model=model)
    states = _ingest(settings, refresh=refresh, wait_s=wait, respect_hold=refresh)
    if any(state.state == "failed" and not state.url for state in states):
        raise typer.Exit(1)  # A file of the corpus could not be read; it is named above, and the others are in.


def _ingest(
    settings: "Settings", *, refresh: bool = False, wait_s: float = 2, respect_hold: bool = False
) -> "tuple[SourceState, ...]":
    from app.index.verifying import checking_current
    from app.index.versions import IndexDirectory

    versions = IndexDirectory(settings.index_dir, settings.chroma_server())
    with checking_current(versions) as checking, _progress() as progress:
        # Imported, as the corpus is read, while a child process checks the version.
        from app.embedding import load_embedder
        from ingest.pipeline import ingest_corpus, refresh_corpus

        if refresh:
            records = refresh_corpus(
                settings.corpus_dir,
                settings.index_dir,
                allow_hosts=settings.fetch_allow_hosts,
                progress=progress,
                wait_s=wait_s,
            )
            for name, record in records.items():
                _err(f"  {name}: {record.state}{f': {record.reason}' if record.reason else ''}")
        outcome = ingest_corpus(
            settings.corpus_dir,
            settings.index_dir,
            load_embedder(settings.embedding_model),
            progress=progress,
            wait_s=wait_s,
            strict=False,
            chroma=settings.chroma_server(),
            respect_hold=respect_hold,
            checking=checking,
        )
    _say_held(settings)
    passages = sum(state.passages for state in outcome.states)
    if outcome.changed:
        _err(f"Index {outcome.version}: {passages} passages, {outcome.embedded} embedded anew.")
    else:
        _err(f"Index {outcome.version} is up to date: {passages} passages.")
    _say_missing(outcome.states)
    return outcome.states


def _say_held(settings: "Settings") -> None:
    from app.index.versions import IndexDirectory

    versions = IndexDirectory(settings.index_dir)
    if held := versions.held_since():
        _err(f"Version {versions.current()} answers since {held}, after a roll back; changes of the corpus wait.")
        _err("Take them up with: briefwijzer ingest")


def _say_missing(states: "tuple[SourceState, ...]") -> None:
    absent = [state for state in states if state.state == "not_fetched"]
    if absent:
        _err(f"Not fetched yet, so not answered from ({len(absent)} of {len(states)} sources):")
        for state in absent:
            _err(f"  {state.id}: {state.title}")
        _err("Fetch them with: briefwijzer ingest --refresh")
    for state in states:
        if state.state in ("failed", "blocked", "gone") or (state.reason and state.state != "not_fetched"):
            _err(f"  {state.id}: {state.state}: {state.reason}")


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show what an ingest is doing, on a terminal alone."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    labels = {
        "documents": "Reading and embedding: {} documents",
        "lexical": "Writing the lexical index",
        "dense": "Writing the vectors",
        "verify": "Verifying the new version",
        "exact": "Many texts are nearly the same, so their vectors are compared one by one",
    }
    console = Console(stderr=True)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True,
                  disable=not console.is_terminal) as bar:  # fmt: skip
        task = bar.add_task("Looking at the corpus", total=None)
        yield lambda stage, done, _: bar.update(task, description=labels.get(stage, stage).format(done))


@contextmanager
def _reading(settings: "Settings") -> "Iterator[Reading]":
    from app.embedding import bundled_model, load_embedder
    from app.retrieval.reranking import Reranker
    from app.service import Service

    model_dir = Path(settings.embedding_model) if settings.embedding_model else bundled_model()
    service = Service(
        settings.index_dir, load_embedder(settings.embedding_model), settings.max_question_chars, model_dir, warm=False,
        chroma=settings.chroma_server(),
        reranker=Reranker(settings.reranker) if settings.reranker else None,
    )  # fmt: skip
    service.open()
    try:
        with service.reading() as reading:
            made_from = reading.index.manifest["corpus"]
            # Only a corpus that was named on purpose; the default one need not be there to ask.
            if "corpus_dir" in settings.model_fields_set and str(settings.corpus_dir.resolve()) != made_from:
                raise BriefwijzerError(
                    f"{settings.index_dir}: this index was made from {made_from}, not from {settings.corpus_dir.resolve()}. "
                    "Name the index of that corpus by --index or BRIEFWIJZER_INDEX_DIR, or make one: briefwijzer ingest"
                )
            yield reading
    finally:
        service.close()


@cli.command()
def serve(
    host: Annotated[
        str | None,
        typer.Option(help="Address to serve on; with open access loopback only. [BRIEFWIJZER_HOST, 127.0.0.1]"),
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port, 0 for any free one. [BRIEFWIJZER_PORT, 8000]")] = None,
    index: IndexOption = None,
    corpus: CorpusOption = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Processes that serve. [BRIEFWIJZER_WORKERS, 1]")
    ] = None,
) -> None:
    """Bring the index up to date, then serve the page and the HTTP interface."""
    settings = _settings(host=host, port=port, index_dir=index, corpus_dir=corpus, workers=workers)
    listening = _bind(settings.host, settings.port)
    try:
        _bring_up_to_date(settings)
        from app import workers as processes
        from app.analysis import forget_lexicon
        from app.connections import Connections, within_descriptors
        from app.logs import configure_logging
        from app.main import create_app

        address = f"http://{settings.host}:{listening.getsockname()[1]}"
        _err(f"Briefwijzer answers on {address}  (stop with Ctrl+C)")
        configure_logging(settings.log_level)
        forget_lexicon()
        processes.serve(
            lambda: create_app(settings),
            listening,
            workers=settings.workers,
            drain_s=settings.drain_s,
            environment=settings.environment(),
            connections=Connections(
                *within_descriptors(settings.connections, settings.address_connections),
                head_s=settings.head_timeout_s,
                trusted=settings.trusted_proxies,
            ),
        )
    finally:
        listening.close()


def _bring_up_to_date(settings: "Settings") -> None:
    """Ingest before serving; where that has to wait and there is something to answer from, serve that."""
    from app.index.versions import IndexDirectory

    try:
        _ingest(settings, respect_hold=True)
    except (StoreAwayError, IndexBusyError, DocumentError) as error:
        try:
            name = IndexDirectory(settings.index_dir).require_current()
        except NoIndexError:
            if not isinstance(error, IndexBusyError):
                raise error from None
            _err(f"briefwijzer: {error} Waiting for it, because there is nothing to answer from yet.")
            _ingest(settings, respect_hold=True, wait_s=_WAIT_FOR_FIRST_S)
        else:
            _err(f"briefwijzer: {error} Serving version {name} meanwhile.")


def _bind(host: str, port: int) -> Any:
    """Return a listening socket, before any long work, so that a port in use is said at once."""
    import socket

    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise BriefwijzerError(
            f"Port {port} on {host} cannot be used ({error.strerror}). Stop what uses it, or choose another: --port {port + 1}"
        ) from error
    return listening


@cli.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in Dutch or English.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer object.")] = False,
    index: IndexOption = None,
) -> None:
    """Answer one question."""
    from dataclasses import asdict

    with _reading(_settings(index_dir=index)) as reading:
        answer = reading.answerer.ask(question)
    if as_json:
        _out(json.dumps(asdict(answer), ensure_ascii=False, indent=1))
    else:
        for typed, meant in answer.corrections:
            _err(
                f"Bedoelde u ‘{meant}’ (in plaats van ‘{typed}’)?"
                if answer.language == "nl"
                else f"Did you mean ‘{meant}’?"
            )
        _out(answer.answer)


@cli.command()
def search(
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many passages.")] = 5,
    index: IndexOption = None,
) -> None:
    """Show the passages that fit best."""
    from app.answering.extractive import check_question

    settings = _settings(index_dir=index)
    with _reading(settings) as reading:
        check_question(query, settings.max_question_chars)
        retriever = reading.retriever
        question = retriever.reader.read(query)
        embedded = retriever.embed(question)
        hits = retriever.search(question, limit, embedded=embedded)
        ranked = retriever.rank_sentences(question, hits, embedded)
    for hit in hits:
        passage = hit.passage
        best = next(
            r.sentence
            for r in ranked
            if r.document_row == hit.document_row and passage.first <= r.sentence.ordinal <= passage.last
        )
        _out(f"{hit.score:.3f}  {passage.id}  [{passage.speaker or '?'}] {passage.section or ''}")
        _out(f"       {best.text}")


sources_cli = typer.Typer(help="Show the sources and their state; add one, or list what a document links to.")
cli.add_typer(sources_cli, name="sources")
cli.add_typer(keys_cli, name="keys")


@sources_cli.callback(invoke_without_command=True)
def sources(
    context: typer.Context,
    index: IndexOption = None,
    links_of: Annotated[
        str | None, typer.Option("--links-of", metavar="ID", help="Propose entries for what this document links to.")
    ] = None,
    corpus: CorpusOption = None,
) -> None:
    """Show the sources and their state."""
    if context.invoked_subcommand is not None:
        return
    settings = _settings(index_dir=index, corpus_dir=corpus)
    if links_of is not None:
        _propose_links(settings, links_of)
        return
    from rich.console import Console
    from rich.table import Table

    with _reading(settings) as reading:
        states = reading.index.catalogue.sources()
    table = Table("source", "state", "snapshot", "passages", "words", "date", show_edge=False)
    for column in table.columns:
        column.no_wrap = True
    for state in states:
        table.add_row(
            state.id, state.state, (state.fetched_at or "")[:10], str(state.passages),
            str(state.words), state.date or "",
        )  # fmt: skip
    console = Console()
    # Into a file or a pipe nothing is cut off.
    (console if console.is_terminal else Console(width=200)).print(table)
    _say_missing(states)


def _propose_links(settings: "Settings", document_id: str) -> None:
    from ingest.proposing import links_of
    from ingest.sources import load_corpus

    with _reading(settings) as reading:
        document = reading.index.catalogue.document(document_id)
    entries = links_of(load_corpus(settings.corpus_dir), document.links, document.source_id)
    for entry in entries:
        _out(entry)
    _err(f"{len(entries)} links of {document_id} are no source yet. Put what you want of these into sources.toml.")


@sources_cli.command("add")
def add_source(
    target: Annotated[str, typer.Argument(help="An address, or a file inside the corpus folder.")],
    corpus: CorpusOption = None,
) -> None:
    """Add a source to sources.toml: finds its title, date and language."""
    from ingest.fetching import Fetcher
    from ingest.proposing import add_source as add

    settings = _settings(corpus_dir=corpus)
    with Fetcher(allow_hosts=settings.fetch_allow_hosts) as fetcher:
        entry = add(settings.corpus_dir, target, fetcher)
    _out(entry)
    _err("Added. Say whose words it is by 'speaker', then run: briefwijzer ingest --refresh")


QuestionFiles = Annotated[list[Path], typer.Argument(help="Files of questions, one JSON object a line.")]
SplitOption = Annotated[str | None, typer.Option("--split", help='Only the questions of this split ("fit", "test").')]


@cli.command()
def evaluate(
    files: QuestionFiles,
    split: SplitOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON object.")] = False,
    index: IndexOption = None,
) -> None:
    """Ask questions whose right answer is known; print the figures, by kind, and the questions missed."""
    from rich.console import Console

    from app.evaluation import read_questions
    from app.measuring import measure, print_report

    questions = [question for file in files for question in read_questions(file, split)]
    with _reading(_settings(index_dir=index)) as reading:
        figures, outcomes = measure(reading, questions)
    if as_json:
        _out(json.dumps(figures, ensure_ascii=False))
    else:
        print_report(figures, outcomes, Console())


@cli.command()
def fit(
    files: Annotated[
        list[str],
        typer.Argument(help="Files of questions, one JSON object a line; INDEX=FILE for those about another index."),
    ],
    split: SplitOption = "fit",
    index: IndexOption = None,
) -> None:
    """Fit the weights and thresholds of retrieval to the embedding model, and store them beside it.

    Questions by record_id fit the fusion, questions by gold text the ranking of sentences and the refusals. Name all question
    files in one call: together they fit better than one after the other. A file without questions of a split is taken whole.
    """
    from contextlib import ExitStack

    from rich.console import Console

    from app.embedding import bundled_model
    from app.measuring import fit_model

    settings = _settings(index_dir=index)
    model_dir = Path(settings.embedding_model) if settings.embedding_model else bundled_model()
    if not model_dir.is_dir():
        raise BriefwijzerError(
            f"Embedding model {str(model_dir)!r} is no directory, so nothing can be stored beside it."
        )
    pairs = [file.rpartition("=")[::2] for file in files]
    sets = [(Path(name or settings.index_dir), Path(file)) for name, file in pairs]
    with ExitStack() as stack:
        readings = [
            (stack.enter_context(_reading(settings.model_copy(update={"index_dir": name}))), _split(file, split))
            for name, file in sets
        ]
        on = {file.stem: len(questions) for (_, file), (_, questions) in zip(sets, readings, strict=True)}
        path = fit_model(readings, model_dir, on, Console(stderr=True))
    _err(f"{path}: fitted on {sum(on.values())} questions.")


def _split(file: Path, split: str | None) -> "list[EvaluationQuestion]":
    """Return the questions of a split, or all of a file that has none."""
    from app.evaluation import read_questions

    questions = read_questions(file)
    return [q for q in questions if q.split == split] or questions


cli.command()(backup_cli.backup)
cli.command()(report_cli.report)
cli.command()(feedback_cli.feedback)


def _out(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
