// The commands that are not in the palette: links and lines run them. Nothing here needs VS Code.

/** Of a link in a page: an address and a range in that file. */
export const GO_TO = "flowrules.goTo";
/** Of a link in a page: an address and a test to put at the end of that file. */
export const ADD_TEST = "flowrules.addTest";
/** Of a line that the server puts above a rule: an address, a place there, and the places to show. */
export const SHOW_PLACES = "flowrules.showPlaces";
