// Starts the page: its views, and what happens in each.

import "./views.js";
import "./draw.js";
import "./pictures.js";
import "./forms.js";
