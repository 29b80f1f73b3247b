/** Rich output: one thing in several representations, of which a client shows the best it can. */

/**
 * Representations by MIME type. Text types hold text, JSON types any JSON value, all others (images,
 * say) base64 text, as in Jupyter's `display_data`.
 */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** What someone sees who can only show text. */
export function plainText(bundle: MimeBundle): string {
  const text = bundle["text/plain"];
  return typeof text === "string" ? text : `<${Object.keys(bundle).join(", ")}>`;
}
