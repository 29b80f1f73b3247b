from .ota import OTA
