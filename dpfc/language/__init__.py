"""DPF text to syntax trees and back, and the header library, written in DPF."""
