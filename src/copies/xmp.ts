/** Made by a model alone, as all images of the family are (IPTC NewsCodes, digital source type). */
const madeByModel =
	"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/** What libvips writes of XMP into a JPEG at most; it leaves out longer ones without a word. */
export const MOST_JPEG_XMP_BYTES = 60_000;

/**
 * The XMP (ISO 16684-1) that marks a copy as AI-made, by the properties of IPTC Photo Metadata 2025.1.
 * @param prompt left out where it is undefined
 */
export function copyXmp(prompt: string | undefined): string {
	const told =
		prompt === undefined
			? ""
			: `<Iptc4xmpExt:AIPromptInformation>${escapeXml(prompt)}</Iptc4xmpExt:AIPromptInformation>`;
	return `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><Iptc4xmpExt:DigitalSourceType>${madeByModel}</Iptc4xmpExt:DigitalSourceType>${told}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`;
}

/** Text of an element; what XML 1.0 cannot hold becomes U+FFFD. */
function escapeXml(text: string): string {
	return text
		.replace(
			/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
			"\ufffd",
		)
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll("\r", "&#13;");
}
