/// Reading pictures back, and the texts and numbers that charts have to bear.
[<AutoOpen>]
module NeuralNetwork.Tests.Pictures.Drawing

open System
open System.Globalization
open System.Xml.Linq
open NeuralNetwork.Tests
open FsCheck
open FsCheck.FSharp

let parse (text: string) = (XDocument.Parse text).Root |> Option.ofObj |> Option.get

let attribute (name: string) (element: XElement) =
    match element.Attribute(XName.Get name) with
    | null -> ""
    | found -> found.Value

let number (text: string) = Double.Parse(text, CultureInfo.InvariantCulture)

let ofClass (name: string) (picture: XElement) =
    picture.Descendants()
    |> Seq.filter (fun element -> Array.contains name ((attribute "class" element).Split ' '))
    |> List.ofSeq

let points (element: XElement) =
    (attribute "points" element).Split(' ', StringSplitOptions.RemoveEmptyEntries)
    |> Array.map (fun point ->
        let x, y = point.Split ',' |> fun pair -> number pair[0], number pair[1]
        x, y)

let at names element =
    let values = names |> List.map (fun name -> number (attribute name element))
    values[0], values[1]

let odd =
    [ ""
      "\"><script>alert(1)</script>"
      "=1+1"
      "]]>"
      "&amp;"
      "\u0000\u001B"
      "\uD800"
      "名前"
      String('w', 90) ]

/// Any text: the names of classes come from files.
let names = Gen.oneof [ Gen.elements odd; ArbMap.defaults |> ArbMap.generate<char[]> |> Gen.map String ]

let values =
    Gen.frequency
        [ 6, ArbMap.defaults |> ArbMap.generate<NormalFloat> |> Gen.map float
          2, Gen.elements [ nan; infinity; -infinity; Double.MaxValue; Double.Epsilon; 0.0; -0.0; 1.0 ] ]

/// The elements that pictures are made of.
let private known = set [ "svg"; "title"; "desc"; "style"; "rect"; "text"; "line"; "polyline"; "polygon"; "circle" ]

/// A picture of known elements alone, which begins with what it shows in words.
let checkWellFormed (picture: XElement) =
    let unknown = picture.DescendantsAndSelf() |> Seq.filter (fun one -> not (known.Contains one.Name.LocalName))
    Expect.that (Seq.isEmpty unknown) "an element that no picture is made of"
    let first = picture.Elements() |> Seq.truncate 2 |> Seq.map _.Name.LocalName |> List.ofSeq
    Expect.equal [ "title"; "desc" ] first

/// Nothing is drawn beyond the edges of a picture, and every number is one.
let checkInside (picture: XElement) =
    let width, height = at [ "width"; "height" ] picture
    let isInside (x, y) = x >= -0.01 && x <= width + 0.01 && y >= -0.01 && y <= height + 0.01

    let demand corners (element: XElement) = Expect.that (Seq.forall isInside corners) $"{element} is outside"

    for element in picture.Descendants() do
        match element.Name.LocalName with
        | "rect" ->
            let (x, y), (wide, high) =
                (if element.Attribute(XName.Get "x") |> isNull then 0.0, 0.0 else at [ "x"; "y" ] element),
                at [ "width"; "height" ] element

            demand [ x, y; x + wide, y + high ] element
        | "circle" -> demand [ at [ "cx"; "cy" ] element ] element
        | "line" -> demand [ at [ "x1"; "y1" ] element; at [ "x2"; "y2" ] element ] element
        | "polyline" when (attribute "class" element).StartsWith "line" -> demand (points element) element
        | "text" -> demand [ at [ "x"; "y" ] element ] element
        | _ -> ()
