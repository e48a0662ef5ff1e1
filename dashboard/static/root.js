// Where the dashboard's server is: at the root. Otherwise the page would first look for one below its own address.
window.__streamlit = { BACKEND_BASE_URL: `${location.origin}/` };
