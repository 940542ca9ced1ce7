/// What has to hold of pages.
[<AutoOpen>]
module NeuralNetwork.Tests.Reports.Pages

open System
open System.Text.RegularExpressions
open System.Xml.Linq
open NeuralNetwork.Tests
open NeuralNetwork.Tests.Pictures

/// A name of SVG's.
let svg (name: string) : XName = XName.Get(name, "http://www.w3.org/2000/svg")

/// Elements of a name, wherever they are in a page.
let elements (name: XName) (page: XElement) : XElement list = page.Descendants name |> List.ofSeq

/// What has to hold of every page, whatever is in it.
let checkPage (text: string) : unit =
    Expect.that (text.StartsWith "<!DOCTYPE html>") "no document type"
    let page = parse text

    for picture in elements (svg "svg") page do
        checkWellFormed picture
        Expect.equal "img" (attribute "role" picture)
        let words = picture.Elements() |> Seq.truncate 2 |> Seq.map _.Value |> List.ofSeq
        Expect.that (words.Length = 2 && words[1].Length > 10) "a picture without words"

    for image in elements (XName.Get "img") page do
        Expect.that ((attribute "alt" image).Length > 0) "an image without words"
        Expect.that ((attribute "src" image).StartsWith "data:image/png;base64,") "an image from elsewhere"

    let names = page.DescendantsAndSelf() |> Seq.map _.Name.LocalName |> Set.ofSeq
    let fetching = set [ "script"; "link"; "iframe"; "object"; "embed"; "use"; "image"; "base"; "form" ]
    Expect.equal Set.empty (Set.intersect fetching names)

    for attribute in page.DescendantsAndSelf() |> Seq.collect _.Attributes() do
        let name = attribute.Name.LocalName
        Expect.that (not (name.StartsWith("on", StringComparison.OrdinalIgnoreCase))) $"a script in {name}"

        if name = "href" then
            Expect.that (not (attribute.Value.Contains ':')) $"a link away: {attribute.Value}"

    // In HTML what is in a style is no XML: nothing in it may need an escape, and nothing be fetched by it.
    for style in elements (XName.Get "style") page do
        Expect.that (style.Value.IndexOfAny [| '<'; '>'; '&' |] < 0) "a sign in a style"
        Expect.that (not (Regex.IsMatch(style.Value, "url\\(|@import|https?:"))) "a style fetches"

    // Elements that HTML has no end for, and no others, may be closed at once.
    let closed = Regex.Matches(text, "<([a-z]+[0-9]?)( [^<>]*)?/>") |> Seq.map _.Groups[1].Value |> Set.ofSeq

    let html =
        set
            [ "html"
              "body"
              "main"
              "div"
              "p"
              "span"
              "dl"
              "dd"
              "dt"
              "ul"
              "li"
              "td"
              "th"
              "tr"
              "figure" ]

    Expect.equal Set.empty (Set.intersect html closed)
