/// Settings with which the program serves on a port that the system chooses, and needs nothing from outside.
let offline = [
    "PORT": "0",
    // Nobody listens there.
    "WIKIPEDIA_STREAM_URL": "http://127.0.0.1:1",
]
