// What travels between the service and the widget. The field names are those of the HTTP contract.

/**
 * @typedef {{text: string, url: string}} CitedLink
 *
 * @typedef {object} Citation
 * @property {number} number
 * @property {string} quote
 * @property {string} document_id
 * @property {string} rev
 * @property {string} title
 * @property {string | null} publisher
 * @property {string | null} speaker
 * @property {string | null} reported_speaker
 * @property {string | null} date
 * @property {string | null} section
 * @property {number | null} page
 * @property {number} start counted in code points
 * @property {number} end counted in code points
 * @property {CitedLink[]} links
 * @property {string | null} url
 * @property {string} viewer_url
 * @property {string | null} fetched_at
 * @property {string | null} [language]
 *
 * @typedef {{text: string, speaker: string | null, citations: number[]}} Statement
 *
 * @typedef {object} Answer
 * @property {string} id
 * @property {"answered" | "partial" | "not_found"} status
 * @property {string} language
 * @property {"extractive" | "llm"} mode
 * @property {boolean} [degraded]
 * @property {string} answer
 * @property {string | null} [notice]
 * @property {Statement[]} statements
 * @property {Citation[]} citations
 * @property {{speaker: string, citations: number[]}[]} [also]
 * @property {Record<string, string>} [speakers]
 * @property {[string, string][]} [corrections]
 * @property {string | null} [understood]
 *
 * @typedef {{start: number, end: number, kind: string, speaker: string | null}} Block
 * @typedef {{text: string, blocks: Block[]}} SourceDocument
 * @typedef {{speakers: Record<string, string>, examples: string[], feedback?: boolean}} About
 * @typedef {{name: string, data: any}} ServerEvent
 *
 * @typedef {object} Turn one question with what came of it, as the session keeps it
 * @property {string} id
 * @property {string} question
 * @property {Answer | null} answer
 * @property {"answered" | "stopped" | "failed"} state
 * @property {{statement: Statement, citations: Citation[]}[]} [said] what came of an answer that is not whole
 * @property {"up" | "down" | null} [verdict]
 * @property {string} [remark] as the service keeps it
 */

export {};
