// Every word that is the widget's own and not a source's.

const STRINGS = {
  nl: {
    launcher: "Stel een vraag",
    intro: "Stel een vraag in gewone taal. U krijgt letterlijke citaten uit de bronnen, met de naam van wie het zei.",
    examples: "Bijvoorbeeld",
    conversation: "Gesprek",
    question: "Uw vraag",
    send: "Verstuur",
    stop: "Stop",
    clear: "Wis gesprek",
    close: "Sluit",
    asked: "U vroeg",
    answer: "Antwoord",
    writing: "Antwoord wordt opgesteld",
    still: "Nog bezig",
    ready: "Antwoord klaar, {n} bronnen",
    readyOne: "Antwoord klaar, 1 bron",
    readyNone: "Antwoord klaar",
    stopped: "Gestopt. Het antwoord is niet af.",
    stoppedSaid: "Antwoord gestopt",
    unfinished: "Dit antwoord is niet af.",
    cleared: "Gesprek gewist",
    source: "Bron {n}: {title}",
    unknown: "Spreker onbekend",
    speaker: "Spreker",
    reports: "Haalt aan",
    title: "Bron",
    date: "Datum",
    section: "Onder",
    page: "Bladzijde",
    fetched: "Opgehaald",
    inContext: "Lees het op zijn plaats",
    atSource: "Open de bron zelf",
    newTab: "(opent in nieuw tabblad)",
    refersTo: "Verwijst naar",
    loading: "De tekst eromheen wordt opgehaald.",
    noContext: "De tekst eromheen kon niet worden opgehaald. Dit is het citaat.",
    mismatch: "Dit citaat staat niet op de aangegeven plaats in de bron. Daarom is het niet gemarkeerd.",
    asRead: "Ik las uw vraag als: {text}",
    corrected: "Ik las ‘{meant}’ waar u ‘{typed}’ typte.",
    also: "Ook over dit onderwerp: {names}.",
    written: "Een taalmodel heeft deze zinnen geschreven. Elke zin rust op de citaten eronder.",
    degraded: "Het taalmodel gaf geen bruikbaar antwoord. Dit zijn zinnen uit de bronnen zelf.",
    copy: "Kopieer met bronnen",
    copied: "Gekopieerd",
    copyFailed: "Kopiëren lukt hier niet.",
    sources: "Bronnen",
    up: "Goed antwoord",
    down: "Geen goed antwoord",
    thanks: "Dank u wel. Uw oordeel is verstuurd.",
    remark: "Wat kan beter? (mag u overslaan)",
    sendRemark: "Verstuur opmerking",
    remarkErased: "Uw opmerking is gewist.",
    remarkSent: "Dank u wel. Uw opmerking is verstuurd.",
    feedbackFailed: "Uw oordeel kon niet worden verstuurd. Probeer het later nog eens.",
    retry: "Probeer opnieuw",
    privacy: "Privacy",
    errors: {
      offline: "Er is geen verbinding met de vragendienst. Controleer uw netwerk en probeer het opnieuw.",
      blocked: "De vragendienst geeft deze pagina geen antwoord. Probeer het opnieuw, of vraag het aan uw beheerder.",
      unauthorised: "U hebt hier geen toegang. Log opnieuw in, of vraag het aan uw beheerder.",
      expired: "Uw toegang is verlopen. Laad de pagina opnieuw, en probeer het dan nog eens.",
      invalid: "Deze vraag kon niet worden gelezen. Maak hem korter of stel hem anders.",
      busy: "Het is nu erg druk. Probeer het over {n} seconden opnieuw.",
      unavailable: "De vragendienst is even niet beschikbaar. Probeer het straks opnieuw.",
      failed: "Er ging iets mis bij de vragendienst. Probeer het opnieuw.",
      broken: "De verbinding brak af. Het antwoord is niet af.",
      stalled: "Het antwoord bleef te lang uit. Probeer het opnieuw.",
    },
  },
  en: {
    launcher: "Ask a question",
    intro: "Ask in plain words. You get verbatim quotes from the sources, with the name of whoever said it.",
    examples: "For example",
    conversation: "Conversation",
    question: "Your question",
    send: "Send",
    stop: "Stop",
    clear: "Clear conversation",
    close: "Close",
    asked: "You asked",
    answer: "Answer",
    writing: "Writing the answer",
    still: "Still working",
    ready: "Answer ready, {n} sources",
    readyOne: "Answer ready, 1 source",
    readyNone: "Answer ready",
    stopped: "Stopped. The answer is not complete.",
    stoppedSaid: "Answer stopped",
    unfinished: "This answer is not complete.",
    cleared: "Conversation cleared",
    source: "Source {n}: {title}",
    unknown: "Unknown speaker",
    speaker: "Speaker",
    reports: "Quotes",
    title: "Source",
    date: "Date",
    section: "Under",
    page: "Page",
    fetched: "Retrieved",
    inContext: "Read it in its place",
    atSource: "Open the source itself",
    newTab: "(opens in a new tab)",
    refersTo: "Refers to",
    loading: "Getting the text around it.",
    noContext: "The text around it could not be retrieved. This is the quote.",
    mismatch: "This quote does not stand at the place given in the source, so it is not marked.",
    asRead: "I read your question as: {text}",
    corrected: "I read ‘{meant}’ where you typed ‘{typed}’.",
    also: "Also on this topic: {names}.",
    written: "A language model wrote these sentences. Each one rests on the quotes below it.",
    degraded: "The language model gave no usable answer. These are sentences from the sources themselves.",
    copy: "Copy with sources",
    copied: "Copied",
    copyFailed: "Copying does not work here.",
    sources: "Sources",
    up: "Good answer",
    down: "Not a good answer",
    thanks: "Thank you. Your verdict was sent.",
    remark: "What could be better? (optional)",
    sendRemark: "Send remark",
    remarkErased: "Your remark was erased.",
    remarkSent: "Thank you. Your remark was sent.",
    feedbackFailed: "Your verdict could not be sent. Please try again later.",
    retry: "Try again",
    privacy: "Privacy",
    errors: {
      offline: "There is no connection to the question service. Check your network and try again.",
      blocked: "The question service gives this page no answer. Try again, or ask your administrator.",
      unauthorised: "You have no access here. Log in again, or ask your administrator.",
      expired: "Your access has run out. Load the page again, and then try once more.",
      invalid: "This question could not be read. Make it shorter, or put it differently.",
      busy: "It is very busy now. Try again in {n} seconds.",
      unavailable: "The question service is not available for a moment. Try again shortly.",
      failed: "Something went wrong at the question service. Try again.",
      broken: "The connection was lost. The answer is not complete.",
      stalled: "The answer took too long. Try again.",
    },
  },
};

/** @typedef {typeof STRINGS["nl"]} Strings */
/** @typedef {"nl" | "en"} Language */

/**
 * Return the widget's texts in a language; anything that is not English is Dutch.
 * @param {Language} language
 * @returns {Strings}
 */
export function stringsOf(language) {
  return STRINGS[language];
}

/**
 * Return which of our languages a language tag asks for.
 * @param {string | null | undefined} tag such as "en-GB"
 * @returns {Language}
 */
export function languageOf(tag) {
  return /^en\b/i.test(tag || "") ? "en" : "nl";
}

/**
 * Put values into a text.
 * @param {string} text with {names}
 * @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * Write a date as precisely as it is known: 2025, 2025-12, 2025-12-02, or a moment.
 * @param {string} date
 * @param {Language} language
 */
export function readableDate(date, language) {
  const parts = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?/.exec(date);
  if (!parts || !parts[2]) return date;
  const moment = new Date(Date.UTC(+parts[1], +parts[2] - 1, +(parts[3] || 1)));
  /** @type {Intl.DateTimeFormatOptions} */
  const form = { year: "numeric", month: "long", timeZone: "UTC" };
  if (parts[3]) form.day = "numeric";
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "nl-NL", form).format(moment);
}
