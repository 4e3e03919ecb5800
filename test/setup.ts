// This file is run before each file of tests, what it imports once.
import "./equal-bytes.ts";
