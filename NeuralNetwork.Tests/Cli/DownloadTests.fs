/// Fetching data from a mirror that does everything wrong.
module NeuralNetwork.Tests.Cli.DownloadTests

open System
open System.IO
open System.IO.Compression
open System.Net
open System.Net.Sockets
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open NeuralNetwork.Cli.Basics
open NeuralNetwork.Cli.Options
open NeuralNetwork.Cli.Runs
open NeuralNetwork.Cli.Sources
open NeuralNetwork.Cli.Studies
open NeuralNetwork.Tests

let private hash (bytes: byte[]) = Convert.ToHexStringLower(SHA256.HashData bytes)
let private content = Array.init 100_000 (fun place -> byte (place * place / 7))

let private packed =
    use stream = new MemoryStream()
    using (new GZipStream(stream, CompressionLevel.Fastest, true)) (fun zip -> zip.Write(content, 0, content.Length))
    stream.ToArray()

/// What a mirror answers, given the headers of the request: bytes, after which it hangs up or says no more.
type private Answer = { Bytes: byte[]; Hangs: bool }

let private head (status: string) (headers: string list) =
    let lines = $"HTTP/1.1 {status}" :: headers @ [ "Connection: close"; ""; "" ]
    Encoding.ASCII.GetBytes(String.Join("\r\n", lines))

let private whole (bytes: byte[]) =
    { Bytes = Array.append (head "200 OK" [ $"Content-Length: {bytes.Length}" ]) bytes; Hangs = false }

/// A server on this machine that answers one request after the other.
let private serve (answer: int -> string -> Answer) (work: string -> unit) : unit =
    use listener = new TcpListener(IPAddress.Loopback, 0)
    listener.Start()
    use stop = new CancellationTokenSource()

    /// The request up to its empty line, read without holding a thread.
    let headers (stream: NetworkStream) =
        task {
            let text = StringBuilder()
            let buffer = Array.zeroCreate<byte> 4096
            let mutable isWhole = false

            while not isWhole do
                let! count = stream.ReadAsync(buffer, stop.Token)
                text.Append(Encoding.ASCII.GetString(buffer, 0, count)) |> ignore
                isWhole <- count = 0 || (string text).EndsWith "\r\n\r\n"

            return string text
        }

    let server =
        task {
            let mutable count = 0

            while not stop.IsCancellationRequested do
                use! client = listener.AcceptTcpClientAsync stop.Token
                use stream = client.GetStream()
                let! request = headers stream
                let answer = answer count request
                count <- count + 1
                do! stream.WriteAsync(answer.Bytes, stop.Token)

                if answer.Hangs then
                    do! Task.Delay(Timeout.Infinite, stop.Token)
        }

    try
        work $"http://127.0.0.1:{(listener.LocalEndpoint :?> IPEndPoint).Port}/"
    finally
        stop.Cancel()

        try
            server.Wait()
        with :? AggregateException ->
            ()

let private variables = [ "NN_DATA_MIRROR"; "NN_DATA_TIMEOUT" ]

/// Fetches the file from a place on a server that answers like this; gives back the failure if there is one.
let private fetchFrom
    (place: Workplace)
    (below: string)
    (hashes: string * string)
    (length: Nullable<int64>)
    (answer: int -> string -> Answer)
    : Failure option =
    let mutable failure = None

    serve answer (fun address ->
        Environment.SetEnvironmentVariable("NN_DATA_MIRROR", address + below)

        // A busy machine is no reason to fail: only the test about silence is impatient.
        if isNull (Environment.GetEnvironmentVariable "NN_DATA_TIMEOUT") then
            Environment.SetEnvironmentVariable("NN_DATA_TIMEOUT", "600")

        try
            let file = BuiltInFile("toy", fst hashes, snd hashes, length)
            let set = BuiltInSet("toy", "a toy", "MIT", [| "https://localhost/" |], [| file |])
            use download = new Download(set, file, place.Folder)

            try
                download.Run((fun _ -> ()), CancellationToken.None).GetAwaiter().GetResult()
            with :? Failure as error ->
                failure <- Some error
        finally
            for variable in variables do
                Environment.SetEnvironmentVariable(variable, null))

    failure

let private files (place: Workplace) : string list =
    if Directory.Exists place.Folder then
        [ for file in Directory.GetFiles place.Folder -> Path.GetRelativePath(place.Folder, file) ]
    else
        []

let private refused (place: Workplace) (code: int) (words: string list) (left: string list) (failure: Failure option) =
    match failure with
    | None -> Expect.fail "it was taken"
    | Some failure ->
        Expect.mentions words failure.Message
        Expect.equal code failure.Code
        Expect.equal left (files place)

let private packedAnew (content: byte[]) (level: CompressionLevel) =
    use stream = new MemoryStream()
    using (new GZipStream(stream, level, true)) (fun zip -> zip.Write(content, 0, content.Length))
    stream.ToArray()

let tests =
    freshWorkplace "Download" (fun place ->
        let folder = place.Folder
        let fetchFrom = fetchFrom place
        let refused = refused place
        let fetchWith hashes length answer = fetchFrom "" hashes length answer
        let fetch answer = fetchWith (hash packed, hash content) (Nullable(int64 packed.Length)) answer

        [ test "A good file is put in its place" (fun () ->
              Expect.equal None (fetch (fun _ _ -> whole packed) |> Option.map _.Message)
              Expect.equal [ "toy.gz" ] (files place)
              Expect.equal packed (File.ReadAllBytes(Path.Combine(folder, "toy.gz"))))
          test "A flipped bit is refused with both checksums, and nothing is left" (fun () ->
              let wrong = Array.updateAt 500 (packed[500] ^^^ 1uy) packed
              fetch (fun _ _ -> whole wrong) |> refused 3 [ hash wrong; hash packed ] [])
          test
              "The right content packed by somebody else is taken, and another content so packed is refused"
              (fun () ->
                  for level in [ CompressionLevel.SmallestSize; CompressionLevel.Optimal ] do
                      let anew = packedAnew content level
                      Expect.that (hash anew <> hash packed) "packed the same"
                      Expect.equal None (fetch (fun _ _ -> whole anew) |> Option.map _.Message)
                      Expect.equal anew (File.ReadAllBytes(Path.Combine(folder, "toy.gz")))
                      place.Delete()
                      let other = packedAnew (Array.updateAt 7 (content[7] + 1uy) content) level
                      fetch (fun _ _ -> whole other) |> refused 3 [ "SHA-256"; hash packed ] [])
          test "Another content in a file of the right checksum is refused with both checksums" (fun () ->
              fetchWith (hash packed, hash packed) (Nullable()) (fun _ _ -> whole packed)
              |> refused 3 [ hash content; hash packed ] [])
          test "Ten times as many bytes are not fetched" (fun () ->
              let answer = whole (Array.concat (List.replicate 10 packed))
              fetch (fun _ _ -> answer) |> refused 3 [ $"more than {packed.Length + packed.Length / 8} bytes" ] [])
          test "A connection that breaks is gone on with where it broke" (fun () ->
              let half = packed.Length / 2

              let broken =
                  { Bytes = Array.append (head "200 OK" [ $"Content-Length: {packed.Length}" ]) packed[.. half - 1]
                    Hangs = false }

              fetch (fun _ _ -> broken) |> refused 4 [ "once more" ] [ "partial-toy.gz" ]
              let kept = int (FileInfo(Path.Combine(folder, "partial-toy.gz")).Length)
              let mutable asked = ""

              let rest _ (request: string) =
                  asked <- request
                  let range = $"Content-Range: bytes {kept}-{packed.Length - 1}/{packed.Length}"
                  let bytes = packed[kept..]

                  { Bytes =
                      Array.append (head "206 Partial Content" [ range; $"Content-Length: {bytes.Length}" ]) bytes
                    Hangs = false }

              Expect.equal None (fetch rest |> Option.map _.Message)
              Expect.mentions [ $"bytes={kept}-" ] asked
              Expect.equal packed (File.ReadAllBytes(Path.Combine(folder, "toy.gz"))))
          test "A part of another file is thrown away, and all of it is fetched" (fun () ->
              place.Create()
              File.WriteAllBytes(Path.Combine(folder, "partial-toy.gz"), Array.create 100 7uy)

              let answer count (_: string) =
                  if count = 0 then
                      let bytes = packed[100..]

                      { Bytes =
                          Array.append
                              (head
                                  "206 Partial Content"
                                  [ $"Content-Range: bytes 100-{packed.Length - 1}/{packed.Length}"
                                    $"Content-Length: {bytes.Length}" ])
                              bytes
                        Hangs = false }
                  else
                      whole packed

              Expect.equal None (fetch answer |> Option.map _.Message)
              Expect.equal [ "toy.gz" ] (files place))
          test "A redirection into the open is not followed" (fun () ->
              let away =
                  { Bytes = head "302 Found" [ "Location: http://example.com/toy.gz"; "Content-Length: 0" ]
                    Hangs = false }

              fetch (fun _ _ -> away) |> refused 3 [ "http://example.com/toy.gz"; "not HTTPS" ] [])
          test "Redirections without end are not followed" (fun () ->
              let around = { Bytes = head "302 Found" [ "Location: /toy.gz"; "Content-Length: 0" ]; Hangs = false }
              fetch (fun _ _ -> around) |> refused 4 [ "redirections" ] [])
          test "A file that is not there is said to be not there" (fun () ->
              fetch (fun _ _ -> { Bytes = head "404 Not Found" [ "Content-Length: 0" ]; Hangs = false })
              |> refused 4 [ "answered 404" ] [])
          test "A mirror that says nothing more is left after a while" (fun () ->
              Environment.SetEnvironmentVariable("NN_DATA_TIMEOUT", "3")

              let head = head "200 OK" [ $"Content-Length: {packed.Length}" ]
              let silent = { Bytes = Array.append head packed[..99]; Hangs = true }

              fetch (fun _ _ -> silent) |> refused 4 [ "nothing came for 3 s" ] [ "partial-toy.gz" ])
          each
              "A mirror that nothing can be fetched from is a mistake of whoever named it, and leaves no folder"
              [ "nonsense"; "/etc/"; "file:///etc/"; "ftp://localhost/"; "http://example.com/" ]
              (fun (mirror: string) ->
                  let cache = Path.Combine(folder, "cache")

                  let outcome =
                      CommandLine.runWith
                          [ "NN_DATA_MIRROR", mirror; "XDG_CACHE_HOME", cache ]
                          (Path.GetTempPath())
                          [ "data"; "fetch"; "kmnist"; "--force" ]

                  Expect.mentions [ "nn: error: NN_DATA_MIRROR"; mirror; "https://" ] outcome.Error
                  Expect.equal 2 outcome.Code
                  Expect.that (not (Directory.Exists cache)) "a folder was made")
          each
              "A mirror is a folder, with a slash at its end or without"
              [ "sets/clothes"; "sets/clothes/" ]
              (fun (below: string) ->
                  let mutable asked = ""

                  let answer _ (request: string) =
                      asked <- request.Split(' ')[1]
                      whole packed

                  fetchFrom below (hash packed, hash content) (Nullable(int64 packed.Length)) answer
                  |> Option.iter (fun failure -> Expect.fail failure.Message)

                  Expect.equal "/sets/clothes/toy.gz" asked) ])
    // They set variables of the process.
    |> alone
