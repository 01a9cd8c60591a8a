// Writes what the documentation site needs beside the written pages of docs/.
import { writePages } from "./site";

writePages();
