import { createCatalogue } from "../../src/models/catalogue.ts";

/** A model of our own table. */
export const findModel = createCatalogue().find;
