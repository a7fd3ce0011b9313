/// Settings with which the program serves on a port that the system chooses, and needs nothing from outside.
let offline = ["PORT": "0"]
