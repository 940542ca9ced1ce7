namespace NeuralNetwork.Engine

open System
open System.IO
open System.Runtime.InteropServices
open System.Text

// Where a native BLAS may lie: exact file names in exact folders. The working directory is not among them, nor is
// anything relative. Nothing is loaded here.

/// A library the search came across.
type Candidate =
    {
        /// mkl, openblas, blis, accelerate, or library for a file given by path.
        Name: string
        /// Its full path.
        Path: string
        /// "in use", or why it was passed over.
        Verdict: string
    }

    /// As in: openblas (/usr/lib/libopenblas.so.0): in use.
    override candidate.ToString() = candidate.Name + " (" + candidate.Path + "): " + candidate.Verdict

module internal Search =

    let private isMusl = RuntimeInformation.RuntimeIdentifier.Contains "musl"

    let private choose windows mac linux : 'a list =
        if OperatingSystem.IsWindows() then windows
        elif OperatingSystem.IsMacOS() then mac
        else linux

    /// Families in order of preference, with the file names of each, newest first. MKL needs glibc.
    let private families =
        [ if not isMusl then
              "mkl",
              choose
                  [ "mkl_rt.2.dll"; "mkl_rt.1.dll"; "mkl_rt.dll" ]
                  [ "libmkl_rt.2.dylib"; "libmkl_rt.1.dylib"; "libmkl_rt.dylib" ]
                  [ "libmkl_rt.so.2"; "libmkl_rt.so.1"; "libmkl_rt.so" ]
          "openblas",
          choose
              [ "libopenblas.dll"; "openblas.dll" ]
              [ "libopenblas.0.dylib"; "libopenblas.dylib" ]
              [ "libopenblas.so.0"; "libopenblas.so" ]
          "blis", choose [ "libblis.dll" ] [ "libblis.4.dylib"; "libblis.dylib" ] [ "libblis.so.4"; "libblis.so" ] ]

    let private platform =
        let system = choose [ "win" ] [ "osx" ] [ (if isMusl then "linux-musl" else "linux") ]

        $"{system.Head}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}"

    let private applicationFolders =
        [ Path.Combine(AppContext.BaseDirectory, "runtimes", platform, "native"); AppContext.BaseDirectory ]

    let private foldersOf (variable: string) =
        match Environment.GetEnvironmentVariable variable with
        | null -> []
        | folders -> folders.Split Path.PathSeparator |> Seq.filter Path.IsPathFullyQualified |> List.ofSeq

    let private systemFolders () =
        let multiarch =
            match RuntimeInformation.ProcessArchitecture with
            | Architecture.Arm64 -> "aarch64-linux-gnu"
            | _ -> "x86_64-linux-gnu"

        choose
            (foldersOf "PATH")
            (foldersOf "DYLD_LIBRARY_PATH"
             @ [ "/opt/homebrew/opt/openblas/lib"; "/usr/local/opt/openblas/lib"; "/usr/local/lib" ])
            (foldersOf "LD_LIBRARY_PATH"
             @ [ $"/usr/lib/{multiarch}"
                 "/usr/lib64"
                 "/usr/lib"
                 "/usr/local/lib"
                 "/opt/intel/oneapi/mkl/latest/lib" ])

    let private isWanted (path: string) =
        families
        |> List.exists (fun (_, files) ->
            files |> List.exists (fun file -> path.EndsWith($"/{file}", StringComparison.Ordinal)))

    /// Those libraries that are wanted of all that the system's loader knows by name: its cache is a list of zero-terminated
    /// full paths. /lib is today another name of /usr/lib.
    let private loaderCache () =
        try
            File.ReadAllText("/etc/ld.so.cache", Encoding.Latin1).Split '\000'
            |> Array.filter (fun entry -> entry.StartsWith '/' && isWanted entry)
            |> Array.map (fun entry -> if File.Exists $"/usr{entry}" then $"/usr{entry}" else entry)
        with
        | :? IOException
        | :? UnauthorizedAccessException -> [||]

    let private found name path = { Name = name; Path = path; Verdict = "" }

    /// The newest file of each family that lies in the folder.
    let private inFolder (folder: string) =
        if not (Path.IsPathFullyQualified folder) then
            []
        else
            families
            |> List.choose (fun (name, files) ->
                files
                |> List.map (fun file -> Path.Combine(folder, file))
                |> List.tryFind File.Exists
                |> Option.map (found name))

    let private inSystem () =
        let folders = systemFolders () |> List.collect inFolder
        let cache = loaderCache ()

        let named (name, files: string list) =
            [ yield! folders |> List.filter (fun candidate -> candidate.Name = name)

              for file in files do
                  for entry in cache do
                      if entry.EndsWith($"/{file}", StringComparison.Ordinal) && File.Exists entry then
                          found name entry ]

        let accelerate = found "accelerate" "/System/Library/Frameworks/Accelerate.framework/Accelerate"

        List.collect named families @ choose [] [ accelerate ] []

    /// All candidates, best first: next to the application, in the folders handed in, in the system.
    let everywhere (folders: string seq) : Candidate list =
        List.collect inFolder (applicationFolders @ List.ofSeq folders) @ inSystem ()
        |> List.distinctBy _.Path

    /// The candidates a user names: a file, or a folder with libraries in it.
    let at (path: string) : Candidate list =
        let path = Path.GetFullPath path

        if File.Exists path then [ found "library" path ]
        elif Directory.Exists path then inFolder path
        else []
