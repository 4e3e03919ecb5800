import type { ImageFormat, Model } from "../../models/model.ts";
import { meaningOfFlags } from "./flags.ts";

/** A command line that makes an image with a model. */
export function exampleOf(model: Model): string {
	const { aliases, id, inputs = [] } = model;
	const takes = (wanted: string) =>
		meaningOfFlags(model)?.some(
			({ flag, inputs }) => flag === wanted && inputs.length > 0,
		);
	const isEdit = id.endsWith("/edit");
	const needed = inputs.filter(
		({ name, isRequired }) => isRequired && !given.includes(name),
	);
	const words = [
		`flux-ultra -m ${aliases[0] ?? id}`,
		isEdit ? '"the same garden in deep snow"' : '"a serene japanese garden"',
		...(isEdit && takes("image") ? ["--image garden.jpg"] : []),
		...needed.map(({ name }) => `--param ${name}=…`),
		`-o ${isEdit ? "snow" : "garden"}${endingFor(model)}`,
	];
	return words.join(" ");
}

/** What the line has anyway. */
const given = ["prompt", "image_url", "image_urls"];

/** A folder where it is not known which format will come. */
function endingFor({ formats, inputs }: Model): string {
	const [only = "jpeg"] = formats;
	const isChosen = inputs?.some(({ name }) => name === "output_format");
	return formats.length === 1 || isChosen ? `.${extensions[only]}` : "/";
}

const extensions: Readonly<Record<ImageFormat, string>> = {
	jpeg: "jpg",
	png: "png",
	webp: "webp",
};
